import { randomUUID } from 'node:crypto';
import { eventually } from '@huma-poweroffice/testing';
import type { GrpcClient } from './grpc-client.js';
import { aBody, Running, type ConnectionBody } from './running.js';

const running = new Running();
let connector: GrpcClient;
beforeAll(async () => {
  await running.start({ POWEROFFICE_PROBE_SECONDS: '1', POWEROFFICE_PROBE_PAUSE_SECONDS: '0' });
  connector = await running.grpc();
}, 120_000);
afterEach(() => running.powerOffice.control('DELETE', '/faults'));
afterAll(() => running.stop());

const act = (id: string, action: string, body?: unknown) =>
  running.ask<ConnectionBody & { code: string; detail: string }>('POST', `/v1/connections/${id}/${action}`, { body });
const finish = async (connectionId: string, more: { runId?: string; clientId?: string } = {}): Promise<string> => {
  const { reply } = await connector.call('ReportRunFinished', { connectionId, runId: randomUUID(), ...more });
  return reply!.state;
};
const anActive = async (client = running.aClient()): Promise<ConnectionBody> => {
  const { id } = await running.aConnection(await client);
  await finish(id);
  return running.connection(id);
};
const becomes = (id: string, what: Partial<ConnectionBody>): Promise<void> =>
  eventually(async () => {
    expect(await running.connection(id)).toMatchObject(what);
  }, 20_000);
const versionsPublished = async (connectionId: string): Promise<number[]> => {
  const rows = await running.database.query<{ version: number }>(
    'SELECT version FROM connection_history WHERE connection_id = $1 ORDER BY id',
    [connectionId],
  );
  return rows.map(({ version }) => version);
};

describe('states', () => {
  it('a finished run activates, once', async () => {
    const { id } = await running.aConnection(await running.aClient());
    const runId = randomUUID();
    expect(await finish(id, { runId })).toBe('active');
    const active = await running.connection(id);
    expect(active).toMatchObject({ state: 'active', version: 2 });
    expect(active.activatedAt).not.toBeNull();
    expect(await finish(id, { runId })).toBe('active');
    expect(await finish(id)).toBe('active');
    expect(await running.connection(id)).toEqual(active);
  });

  it('a run of another client activates nothing', async () => {
    const { id, client } = await running.aConnection(await running.aClient());
    expect(await finish(id, { clientId: 'another' })).toBe('draft');
    expect(await finish(id, { clientId: client.id })).toBe('active');
  });

  it('a person pauses and resumes; a run that finishes meanwhile counts', async () => {
    const { id } = await running.aConnection(await running.aClient());
    expect((await act(id, 'pause')).body).toMatchObject({ state: 'paused', pauseReason: null });
    expect(await act(id, 'pause')).toMatchObject({ status: 409, body: { code: 'transition-not-allowed' } });
    expect(await finish(id)).toBe('paused');
    expect((await act(id, 'resume')).body).toMatchObject({ state: 'active' });
    expect((await act(id, 'resume')).status).toBe(409);
    expect(await versionsPublished(id)).toEqual([1, 2, 3, 4]);
  });

  it('an action on a version that is not the newest is refused', async () => {
    const { id } = await running.aConnection(await running.aClient());
    const stale = await running.ask('POST', `/v1/connections/${id}/pause`, { headers: { 'if-match': '"7"' } });
    expect(stale).toMatchObject({ status: 412, body: { code: 'changed-meanwhile' } });
  });

  it('disconnecting destroys the key and the token at once, and nothing is possible after it', async () => {
    const client = await running.aClient();
    const { id } = await anActive(Promise.resolve(client));
    expect((await connector.call('GetAccessToken', { connectionId: id })).status).toBe('OK');
    expect((await act(id, 'disconnect')).body).toMatchObject({ state: 'disconnected' });
    for (const secret of ['client_key WHERE connection_id', 'access_token WHERE sealed IS NOT NULL AND owner_id'])
      expect(await running.database.query(`SELECT 1 FROM ${secret} = $1`, [id])).toEqual([]);
    expect(await connector.call('GetAccessToken', { connectionId: id })).toMatchObject({
      status: 'FAILED_PRECONDITION',
      code: 'disconnected',
    });
    for (const action of ['pause', 'resume', 'disconnect']) expect((await act(id, action)).status).toBe(409);
    expect((await act(id, 'replace-key', { clientKey: client.clientKey })).status).toBe(409);
    const edited = await running.ask('PATCH', `/v1/connections/${id}`, {
      body: { name: 'x' },
      headers: { 'if-match': '*' },
    });
    expect(edited.status).toBe(409);
    expect(await finish(id)).toBe('disconnected');
  });
});

describe('another key', () => {
  it('of the same client keeps state and history', async () => {
    const client = await running.aClient();
    const { id } = await anActive(Promise.resolve(client));
    const before = (await connector.call('GetAccessToken', { connectionId: id })).reply!.accessToken;
    const clientKey = randomUUID();
    running.clientKeys.push(clientKey);
    await running.changeClient(client.id, { clientKey, name: 'Renamed AS' });
    const replaced = await act(id, 'replace-key', { clientKey });
    expect(replaced.body).toMatchObject({ state: 'active', client: { id: client.id, name: 'Renamed AS' } });
    expect((await connector.call('GetAccessToken', { connectionId: id })).reply!.accessToken).not.toBe(before);
  });

  it('of another client is refused, unless a new start is confirmed', async () => {
    const { id, client } = await anActive();
    const runId = randomUUID();
    await finish(id, { runId });
    const other = await running.aClient();
    const refused = await act(id, 'replace-key', { clientKey: other.clientKey });
    expect(refused).toMatchObject({ status: 409, body: { code: 'client-key-of-another-client' } });
    expect(refused.body.detail).toContain(other.name);
    expect((await running.connection(id)).client).toEqual(client);
    const anew = await act(id, 'replace-key', { clientKey: other.clientKey, newStart: true });
    expect(anew.body).toMatchObject({ state: 'draft', activatedAt: null, client: { id: other.id } });
    // The run was of the client before.
    expect(await finish(id, { runId })).toBe('draft');
    expect((await connector.call('GetAccessToken', { connectionId: id })).reply!.clientId).toBe(other.id);
  });

  it('of a client that is connected already is refused also with a new start', async () => {
    const taken = await running.aClient();
    await running.aConnection(taken, { name: 'Tromsø' });
    const { id } = await anActive();
    const answer = await act(id, 'replace-key', { clientKey: taken.clientKey, newStart: true });
    expect(answer).toMatchObject({ status: 409, body: { code: 'client-already-connected' } });
    expect(answer.body.detail).toContain('Tromsø');
  });

  it('that is wrong changes nothing', async () => {
    const connection = await anActive();
    const answer = await act(connection.id, 'replace-key', { clientKey: randomUUID() });
    expect(answer).toMatchObject({ status: 422, body: { code: 'client-key-refused' } });
    expect(await running.connection(connection.id)).toEqual(connection);
  });

  it.each([
    ['no key', {}, 'clientKey'],
    ['a new start as a text', { clientKey: 'x', newStart: 'yes' }, 'newStart'],
    ['what nobody knows', { clientKey: 'x', force: true }, 'force'],
  ])('with %s is refused', async (_, body, path) => {
    const answer = await running.ask<{ errors: { path: string }[] }>(
      'POST',
      `/v1/connections/${randomUUID()}/replace-key`,
      { body },
    );
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((e) => e.path)).toContain(path);
  });
});

describe('a key that stops working', () => {
  it('holds its connection and no other, which comes back by itself to where it was', async () => {
    const client = await running.aClient();
    const { id } = await anActive(Promise.resolve(client));
    const other = await anActive();
    await running.changeClient(client.id, { keyRevoked: true });
    expect(await connector.call('ReportRefusal', { connectionId: id, kind: 'key', status: 401 })).toMatchObject({
      reply: { state: 'paused' },
    });
    expect(await running.connection(id)).toMatchObject({ state: 'paused', pauseReason: 'key-refused' });
    expect(await connector.call('GetAccessToken', { connectionId: id })).toMatchObject({
      status: 'FAILED_PRECONDITION',
      code: 'key-refused',
    });
    const resumed = await act(id, 'resume');
    expect(resumed).toMatchObject({ status: 422, body: { code: 'client-key-refused' } });
    expect((await running.connection(other.id)).state).toBe('active');
    await running.changeClient(client.id, { keyRevoked: false });
    await becomes(id, { state: 'active', pauseReason: null });
    expect((await connector.call('GetAccessToken', { connectionId: id })).status).toBe('OK');
  });

  it('is noticed when a token is asked for, also of a draft', async () => {
    await anActive();
    const client = await running.aClient();
    const { id } = await running.aConnection(client);
    await running.changeClient(client.id, { keyRevoked: true });
    expect(await connector.call('GetAccessToken', { connectionId: id })).toMatchObject({ code: 'key-refused' });
    await running.changeClient(client.id, { keyRevoked: false });
    await becomes(id, { state: 'draft', pauseReason: null });
  });

  it('does not bring back what a person paused', async () => {
    const client = await running.aClient();
    const { id } = await anActive(Promise.resolve(client));
    await running.changeClient(client.id, { keyRevoked: true });
    await connector.call('ReportRefusal', { connectionId: id, kind: 'key', status: 401 });
    expect((await act(id, 'pause')).body).toMatchObject({ state: 'paused', pauseReason: null });
    await running.changeClient(client.id, { keyRevoked: false });
    await connector.call('ReportRefusal', { connectionId: id, kind: 'key', status: 401 });
    expect((await running.connection(id)).state).toBe('paused');
    expect((await act(id, 'resume')).body.state).toBe('active');
  });

  it('is replaced by one that works, and the connection goes on at once', async () => {
    const client = await running.aClient();
    const { id } = await anActive(Promise.resolve(client));
    await running.changeClient(client.id, { keyRevoked: true });
    await connector.call('ReportRefusal', { connectionId: id, kind: 'key', status: 401 });
    const clientKey = randomUUID();
    running.clientKeys.push(clientKey);
    await running.changeClient(client.id, { clientKey, keyRevoked: false });
    expect((await act(id, 'replace-key', { clientKey })).body).toMatchObject({ state: 'active', pauseReason: null });
  });

  it('and answers another client meanwhile does not resume as the old one', async () => {
    const client = await running.aClient();
    const { id } = await anActive(Promise.resolve(client));
    await running.changeClient(client.id, { keyRevoked: true });
    await connector.call('ReportRefusal', { connectionId: id, kind: 'key', status: 401 });
    await running.changeClient(client.id, { clientKey: randomUUID() });
    const other = await running.aClient({ clientKey: client.clientKey });
    const resumed = await act(id, 'resume');
    expect(resumed).toMatchObject({ status: 409, body: { code: 'client-key-of-another-client' } });
    expect(resumed.body.detail).toContain(other.name);
    expect(await running.connection(id)).toMatchObject({ state: 'paused', client: { id: client.id } });
  });

  it('says nothing about a key while PowerOffice does not answer', async () => {
    const { id } = await anActive();
    await running.powerOffice.control('PATCH', '/behaviour', { down: true });
    await connector.call('ReportRefusal', { connectionId: id, kind: 'key', status: 401 });
    expect(await connector.call('GetAccessToken', { connectionId: id })).toMatchObject({ status: 'UNAVAILABLE' });
    expect((await running.connection(id)).state).toBe('active');
  });
});

describe('privileges', () => {
  const all = ['Employee_Full', 'EmployeeBankAccounts_Full', 'ContactBankAccount_Full', 'CommonServices'];
  const report = (connectionId: string) =>
    connector.call('ReportRefusal', { connectionId, kind: 'privilege', status: 403 });

  it('one that is withdrawn is published, and pauses nothing', async () => {
    const client = await running.aClient();
    const { id, version } = await anActive(Promise.resolve(client));
    expect((await report(id)).reply?.state).toBe('active');
    expect((await running.connection(id)).version).toBe(version);
    await running.changeClient(client.id, { privileges: ['Employee_Full'] });
    expect((await report(id)).reply?.state).toBe('active');
    const after = await running.connection(id);
    expect(after.version).toBe(version + 1);
    expect(after.fields.find(({ field }) => field === 'bankAccount')).toMatchObject({ write: 'no' });
  });

  it('without reading employees nothing works: held until it is given again', async () => {
    const client = await running.aClient();
    const { id } = await anActive(Promise.resolve(client));
    await running.changeClient(client.id, { privileges: [] });
    expect((await report(id)).reply?.state).toBe('paused');
    expect(await running.connection(id)).toMatchObject({ pauseReason: 'privilege-missing' });
    expect(await act(id, 'resume')).toMatchObject({ status: 409, body: { code: 'privilege-missing' } });
    await running.changeClient(client.id, { privileges: all });
    await becomes(id, { state: 'active', pauseReason: null });
  });
});

describe('our own keys', () => {
  const errors = () => running.lines.filter((line) => line.includes('"level":"error"'));

  it('refused by the gateway hold nobody and are one alarm', async () => {
    const [one, two] = [await anActive(), await anActive()];
    const body = JSON.stringify({ statusCode: 401, message: 'Access denied due to invalid subscription key.' });
    await running.powerOffice.control('POST', '/faults', { misbehaviour: { kind: 'status', status: 401, body } });
    const before = errors().length;
    for (const { id } of [one, two]) {
      await connector.call('ReportRefusal', { connectionId: id, kind: 'key', status: 401 });
      expect(await connector.call('GetAccessToken', { connectionId: id })).toMatchObject({ status: 'UNAVAILABLE' });
    }
    const { clientKey } = await running.aClient();
    const tried = await running.ask('POST', '/v1/connections/try-key', { body: { clientKey } });
    expect(tried).toMatchObject({ status: 503, body: { code: 'poweroffice-unavailable' } });
    expect(errors().length - before).toBe(1);
    for (const { id } of [one, two]) expect((await running.connection(id)).state).toBe('active');
  });

  it('that fail for several connections at once hold nobody', async () => {
    const [one, two] = [await anActive(), await anActive()];
    const wrong = await running.replica({
      POWEROFFICE_APPLICATION_KEY: randomUUID(),
      POWEROFFICE_PROBE_SECONDS: '3600',
    });
    const asWrong = await running.grpc(wrong);
    const answers = await Promise.all([one, two].map(({ id }) => asWrong.call('GetAccessToken', { connectionId: id })));
    expect(answers.map(({ status }) => status)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    for (const { id } of [one, two]) expect((await running.connection(id)).state).toBe('active');
    const { clientKey } = await running.aClient();
    const tried = await running.ask('POST', '/v1/connections/try-key', { body: { clientKey }, at: wrong });
    expect(tried.body['code']).toBe('poweroffice-unavailable');
    // Asked with the right one, PowerOffice gives tokens again, and a wrong client key is one.
    expect((await connector.call('GetAccessToken', { connectionId: one.id })).status).toBe('OK');
    const refused = await running.ask('POST', '/v1/connections', { body: aBody({ clientKey: randomUUID() }) });
    expect(refused.body['code']).toBe('client-key-refused');
  });
});

it('the metrics count connections as they change, and not all of them each time', async () => {
  const [tally, counted] = await Promise.all([
    running.database.query('SELECT phase, count FROM connection_tally WHERE count > 0 ORDER BY phase'),
    running.database.query('SELECT phase, count(*)::int AS count FROM connection GROUP BY phase ORDER BY phase'),
  ]);
  expect(tally).toEqual(counted);
});

it('no key is in the log', () => {
  const log = running.lines.join('\n');
  for (const key of running.clientKeys) expect(log).not.toContain(key);
});
