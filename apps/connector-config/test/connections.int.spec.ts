import { randomUUID } from 'node:crypto';
import { readEvent } from '@huma-poweroffice/contracts';
import { eventually } from '@huma-poweroffice/testing';
import kafkajs from 'kafkajs';
import { aBody, Running, type ConnectionBody } from './running.js';

const running = new Running();
beforeAll(() => running.start(), 120_000);
afterAll(() => running.stop());

const uuid = '5d1f4b1a-7c7a-4c69-9df1-2a8e6b3c7f04';
const settings = aBody({ clientKey: '' }).settings;

describe('trying a key', () => {
  it('says whose it is and what it may do, in Huma’s names, and saves nothing', async () => {
    const client = await running.aClient({ privileges: ['Employee_Full'] });
    const { status, body } = await running.ask<{ fields: unknown[] }>('POST', '/v1/connections/try-key', {
      body: { clientKey: ` ${client.clientKey} ` },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ client: { id: client.id, name: client.name } });
    expect(body.fields).toHaveLength(13);
    expect(body.fields).toContainEqual({ field: 'email', write: 'yes', compare: 'yes' });
    expect(body.fields).toContainEqual({
      field: 'bankAccount',
      write: 'no',
      compare: 'yes',
      reason: 'privilege-missing',
      ask: [{ of: 'poweroffice', privileges: ['EmployeeBankAccounts_Full'] }],
    });
    expect(await running.database.query('SELECT 1 FROM client_key')).toEqual([]);
  });

  it('refuses a wrong one with PowerOffice’s reason', async () => {
    const answer = await running.ask('POST', '/v1/connections/try-key', { body: { clientKey: randomUUID() } });
    expect(answer).toMatchObject({ status: 422, body: { code: 'client-key-refused' } });
    expect(answer.body['detail']).toMatch(/not found/i);
  });

  it('says so when PowerOffice does not answer', async () => {
    const { clientKey } = await running.aClient();
    await running.powerOffice.control('PATCH', '/behaviour', { down: true });
    const answer = await running.ask('POST', '/v1/connections/try-key', { body: { clientKey } });
    await running.powerOffice.control('DELETE', '/faults');
    expect(answer).toMatchObject({ status: 503, body: { code: 'poweroffice-unavailable' } });
  });
});

describe('a new connection', () => {
  it('is a draft with its client’s name, an ETag and a place', async () => {
    const client = await running.aClient();
    const { status, headers, body } = await running.ask<ConnectionBody>('POST', '/v1/connections', {
      body: aBody(client, { name: '  Oslo  ' }),
    });
    expect(status).toBe(201);
    expect(headers.get('etag')).toBe('"1"');
    expect(headers.get('location')).toBe(`/v1/connections/${body.id}`);
    expect(body).toMatchObject({
      name: 'Oslo',
      state: 'draft',
      pauseReason: null,
      group: null,
      client: { id: client.id, name: client.name },
      settings,
      activatedAt: null,
    });
    expect(JSON.stringify(body)).not.toContain(client.clientKey);
    expect(await running.connection(body.id)).toEqual(body);
    const listed = await running.ask<{ items: ConnectionBody[] }>('GET', '/v1/connections');
    expect(listed.body.items.map(({ id }) => id)).toContain(body.id);
  });

  it('is published, readable by the contract, under its id', async () => {
    const connection = await running.aConnection(await running.aClient());
    const kafka = new kafkajs.Kafka({ brokers: running.topics.brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
    const consumer = kafka.consumer({ groupId: randomUUID() });
    const heard: { key: string; type: string; value: unknown }[] = [];
    await consumer.connect();
    await consumer.subscribe({ topics: [running.topics.name('connections')], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message: { key, value, headers } }) => {
        heard.push({ key: String(key), type: String(headers?.['ce_type']), value: JSON.parse(String(value)) });
      },
    });
    const published = await eventually(() => {
      const found = heard.find(({ key }) => key === connection.id);
      expect(found).toBeDefined();
      return found!;
    }, 30_000);
    await consumer.disconnect();
    expect(readEvent('connections', published.type, published.value)).toMatchObject({
      ok: true,
      event: { value: { connectionId: connection.id, version: 1, state: 'draft', client: connection.client } },
    });
  });

  it('is made once by an Idempotency-Key, also when the clicks race', async () => {
    const body = aBody(await running.aClient());
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(
      [1, 2, 3].map(() => running.ask<ConnectionBody>('POST', '/v1/connections', { body, headers })),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map((a) => a.body.id)).size).toBe(1);
    const other = await running.ask('POST', '/v1/connections', { body: { ...body, name: 'Other' }, headers });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    const { clientKey } = await running.aClient();
    const otherKey = await running.ask('POST', '/v1/connections', { body: { ...body, clientKey }, headers });
    expect(otherKey).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    const spaced = await running.ask('POST', '/v1/connections', { body, headers: { 'idempotency-key': 'a b' } });
    expect(spaced.status).toBe(400);
  });

  it('of a client that is connected is refused: by name inside the organisation, without a word outside', async () => {
    const client = await running.aClient();
    await running.aConnection(client, { name: 'Bergen' });
    const inside = await running.ask('POST', '/v1/connections', { body: aBody(client) });
    expect(inside).toMatchObject({ status: 409, body: { code: 'client-already-connected' } });
    expect(inside.body['detail']).toContain('Bergen');
    const outside = await running.ask('POST', '/v1/connections', {
      body: aBody(client),
      token: await running.issuer.person(randomUUID()),
    });
    expect(outside).toMatchObject({ status: 409, body: { code: 'client-already-connected' } });
    expect(JSON.stringify(outside.body)).not.toContain('Bergen');
  });

  it('of one client is made once in a race of organisations and replicas', async () => {
    const client = await running.aClient();
    const other = await running.replica();
    const answers = await Promise.all(
      [running.first, other, running.first, other].map(async (at) =>
        running.ask('POST', '/v1/connections', {
          body: aBody(client),
          token: await running.issuer.person(randomUUID()),
          at,
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  it('may have the client of one that is disconnected', async () => {
    const client = await running.aClient();
    const first = await running.aConnection(client);
    await running.ask('POST', `/v1/connections/${first.id}/disconnect`);
    expect((await running.aConnection(client)).id).not.toBe(first.id);
  });

  it('warns of those that cover the same people', async () => {
    const token = await running.issuer.person(randomUUID());
    const create = async (name: string, group: unknown): Promise<ConnectionBody> => {
      const body = aBody(await running.aClient(), { name, group });
      return (await running.ask<ConnectionBody>('POST', '/v1/connections', { body, token })).body;
    };
    const oslo = { type: 'company', id: uuid };
    const one = await create('One', oslo);
    expect(one.warnings).toEqual([]);
    const two = await create('Two', oslo);
    expect(two.warnings).toEqual([{ connectionId: one.id, name: 'One', reason: 'same-group' }]);
    const all = await create('All', null);
    expect(all.warnings.map(({ reason }) => reason)).toEqual(['covers-everyone', 'covers-everyone']);
    expect((await create('Team', { type: 'team', id: randomUUID() })).warnings).toMatchObject([{ name: 'All' }]);
  });
});

describe('a body that is not right', () => {
  const good = aBody({ clientKey: randomUUID() });
  const group = { type: 'company', id: uuid };
  it.each([
    ['no name', { ...good, name: undefined }, 'name'],
    ['an empty name', { ...good, name: '  ' }, 'name'],
    ['a long name', { ...good, name: 'x'.repeat(101) }, 'name'],
    ['a name that is no text', { ...good, name: 1 }, 'name'],
    ['no group', { ...good, group: undefined }, 'group'],
    ['a group of another type', { ...good, group: { ...group, type: 'department' } }, 'group.type'],
    ['a group whose id is none', { ...good, group: { ...group, id: '1' } }, 'group.id'],
    ['a list for a group', { ...good, group: [group] }, 'group'],
    ['no key', { ...good, clientKey: undefined }, 'clientKey'],
    ['a key with spaces', { ...good, clientKey: 'a b' }, 'clientKey'],
    ['a key with a colon', { ...good, clientKey: 'a:b' }, 'clientKey'],
    ['no authority', { ...good, authorityConfirmed: undefined }, 'authorityConfirmed'],
    ['authority denied', { ...good, authorityConfirmed: false }, 'authorityConfirmed'],
    ['authority as a text', { ...good, authorityConfirmed: 'true' }, 'authorityConfirmed'],
    ['no settings', { ...good, settings: undefined }, 'settings'],
    ['settings null', { ...good, settings: null }, 'settings'],
    ['a setting that is no flag', { ...good, settings: { ...settings, createUsers: 'yes' } }, 'settings.createUsers'],
    ['no sendPositions', { ...good, settings: { ...settings, sendPositions: undefined } }, 'settings.sendPositions'],
    ['no mail', { ...good, settings: { ...settings, mail: undefined } }, 'settings.mail'],
    [
      'another language',
      { ...good, settings: { ...settings, mail: { recipients: [], language: 'sv' } } },
      'settings.mail.language',
    ],
    [
      'a recipient that is no address',
      { ...good, settings: { ...settings, mail: { recipients: ['x'], language: 'en' } } },
      'settings.mail.recipients',
    ],
    [
      'too many recipients',
      { ...good, settings: { ...settings, mail: { recipients: Array(21).fill('a@b.no'), language: 'en' } } },
      'settings.mail.recipients',
    ],
    ['a property nobody knows', { ...good, colour: 'red' }, 'colour'],
    ['a setting nobody knows', { ...good, settings: { ...settings, colour: 'red' } }, 'settings.colour'],
  ])('%s', async (_, body, path) => {
    const answer = await running.ask<{ code: string; errors: { path: string }[] }>('POST', '/v1/connections', { body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation' } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body.errors.map((e) => e.path)).toContain(path);
    expect(JSON.stringify(answer.body)).not.toContain(good.clientKey);
  });

  it.each([
    ['that is no JSON', '{"name":', 400],
    ['that is a list', '[]', 400],
    ['that is too large', JSON.stringify({ name: 'x'.repeat(300_000) }), 413],
  ])('one %s', async (_, body, status) => {
    expect((await running.ask('POST', '/v1/connections', { body })).status).toBe(status);
  });
});

describe('who may', () => {
  it.each([
    ['no token', async () => null, 401],
    ['a token that is none', async () => 'not.a.token', 401],
    ['a token that has ended', () => running.issuer.sign({ organizationId: uuid }, '-10s'), 401],
    ['a person without the permission', () => running.issuer.person(uuid, { permissions: [] }), 403],
    ['a service with another scope', () => running.issuer.service({ scope: 'other' }), 403],
    ['a service that names no organisation', () => running.issuer.service(), 400],
  ])('%s', async (_, token, status) => {
    const answer = await running.ask('GET', '/v1/connections', { token: await token() });
    expect(answer.status).toBe(status);
  });

  it('a forged token is refused', async () => {
    const [head, , signature] = (await running.issuer.person(running.organization)).split('.');
    const claims = Buffer.from(JSON.stringify({ sub: 'x', organizationId: uuid })).toString('base64url');
    const answer = await running.ask('GET', '/v1/connections', { token: [head, claims, signature].join('.') });
    expect(answer.status).toBe(401);
  });

  it('a service acts for the organisation that it names', async () => {
    const connection = await running.aConnection(await running.aClient());
    const answer = await running.ask('GET', `/v1/connections/${connection.id}`, {
      token: await running.issuer.service(),
      headers: { 'organization-id': running.organization },
    });
    expect(answer.status).toBe(200);
  });

  it('another organisation’s connection is not there, whatever is done with it', async () => {
    const connection = await running.aConnection(await running.aClient());
    const token = await running.issuer.person(randomUUID());
    const path = `/v1/connections/${connection.id}`;
    const clientKey = randomUUID();
    const answers = [
      await running.ask('GET', path, { token }),
      await running.ask('GET', `${path}/history`, { token }),
      await running.ask('PATCH', path, { token, body: { name: 'x' }, headers: { 'if-match': '*' } }),
      ...(await Promise.all(
        ['pause', 'resume', 'disconnect'].map((action) => running.ask('POST', `${path}/${action}`, { token })),
      )),
      await running.ask('POST', `${path}/replace-key`, { token, body: { clientKey } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(Array(7).fill(404));
    expect(answers.map(({ body }) => body['code'])).toEqual(Array(7).fill('not-found'));
    expect(await running.connection(connection.id)).toEqual(connection);
    expect((await running.ask('GET', '/v1/connections/1')).status).toBe(400);
  });
});

describe('an edit', () => {
  it('changes what is said, when the caller saw the newest version', async () => {
    const { id } = await running.aConnection(await running.aClient());
    const edited = await running.ask<ConnectionBody>('PATCH', `/v1/connections/${id}`, {
      body: { name: 'Bergen', group: { type: 'team', id: uuid.toUpperCase() }, settings: { mail: { language: 'en' } } },
      headers: { 'if-match': '"1"' },
    });
    expect(edited.status).toBe(200);
    expect(edited.headers.get('etag')).toBe('"2"');
    expect(edited.body).toMatchObject({
      version: 2,
      name: 'Bergen',
      group: { type: 'team', id: uuid },
      settings: { ...settings, mail: { recipients: ['hr@example.com'], language: 'en' } },
    });
    const everyone = await running.ask<ConnectionBody>('PATCH', `/v1/connections/${id}`, {
      body: { group: null },
      headers: { 'if-match': '"2"' },
    });
    expect(everyone.body.group).toBeNull();
  });

  it('needs If-Match, and is refused when somebody was faster', async () => {
    const { id } = await running.aConnection(await running.aClient());
    const patch = (headers: Record<string, string>, name = 'x') =>
      running.ask('PATCH', `/v1/connections/${id}`, { body: { name }, headers });
    expect(await patch({})).toMatchObject({ status: 428, body: { code: 'if-match-required' } });
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => patch({ 'if-match': '"1"' }, name)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    expect((await running.connection(id)).version).toBe(2);
  });

  it('that changes nothing is no new version', async () => {
    const { id, name } = await running.aConnection(await running.aClient());
    const same = await running.ask<ConnectionBody>('PATCH', `/v1/connections/${id}`, {
      body: { name },
      headers: { 'if-match': '"1"' },
    });
    expect(same.body.version).toBe(1);
  });

  it.each([
    ['a name null', { name: null }, 'name'],
    ['settings null', { settings: null }, 'settings'],
    ['a flag null', { settings: { createUsers: null } }, 'settings.createUsers'],
    ['mail as a list', { settings: { mail: [] } }, 'settings.mail'],
    ['a key', { clientKey: 'x' }, 'clientKey'],
    ['a group without a type', { group: { id: uuid } }, 'group.type'],
  ])('with %s is refused', async (_, body, path) => {
    const answer = await running.ask<{ errors: { path: string }[] }>('PATCH', `/v1/connections/${uuid}`, { body });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((e) => e.path)).toContain(path);
  });
});

it('the history says who did what, and holds no secret', async () => {
  const client = await running.aClient();
  const { id } = await running.aConnection(client);
  await running.ask('PATCH', `/v1/connections/${id}`, {
    body: { name: 'Bergen', settings: { mail: { recipients: ['x@example.com'] } } },
    headers: { 'if-match': '*' },
  });
  await running.ask('POST', `/v1/connections/${id}/pause`);
  const { body } = await running.ask<{ items: object[] }>('GET', `/v1/connections/${id}/history`);
  expect(body.items).toMatchObject([
    { version: 3, change: 'pause', by: 'person', byId: 'someone' },
    { version: 2, change: 'edited', details: { name: { from: 'Oslo', to: 'Bergen' } } },
    { version: 1, change: 'created' },
  ]);
  for (const hidden of [client.clientKey, 'x@example.com']) expect(JSON.stringify(body)).not.toContain(hidden);
});

it('the document describes every route', async () => {
  const { body } = await running.ask<{ paths: Record<string, object> }>('GET', '/docs/openapi.json', { token: null });
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining(['/v1/connections/try-key', '/v1/connections/{id}/replace-key']),
  );
});

it('is ready, and counts what it does', async () => {
  const ready = await running.ask<{ ok: boolean; checks: { name: string }[] }>('GET', '/health/ready', { token: null });
  expect(ready).toMatchObject({ status: 200, body: { ok: true } });
  expect(ready.body.checks.map(({ name }) => name)).toEqual(['database', 'outbox', 'kafka', 'identity-provider']);
  expect(ready.body.checks).toContainEqual({ name: 'kafka', ok: true, detail: 'can be reached' });
  await eventually(async () => {
    const text = await (await fetch(`${running.first.url}/metrics`)).text();
    expect(text).toMatch(/poweroffice_permits_granted_total\{class="person"\} [1-9]/);
    expect(text).toMatch(/connections\{state="draft"\} [1-9]/);
    expect(text).toMatch(/poweroffice_budget_slots 500/);
  });
});

it('no key is in the log, and what failed there is no error of ours', () => {
  const log = running.lines.join('\n');
  expect(log).not.toMatch(/"level":"(error|fatal)"/);
  expect(log).toContain('takes requests');
  for (const key of running.clientKeys) expect(log).not.toContain(key);
});
