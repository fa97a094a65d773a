import { randomUUID } from 'node:crypto';
import { topics } from '@huma-poweroffice/contracts';
import { request } from '@huma-poweroffice/seed';
import { aUserChanged, eventually } from '@huma-poweroffice/testing';
import { CompressionTypes, Kafka, logLevel, type Message } from 'kafkajs';
import { World, type Organization, type Someone } from './world.js';

const world = new World();
let organization: Organization;
let connectionId: string;
let kari: Someone;
let kafka: Kafka;

beforeAll(async () => {
  await world.start();
  organization = await world.organization();
  [kari] = (await organization.people(1)) as [Someone];
  connectionId = await organization.connected();
  kafka = new Kafka({ brokers: [world.stack.kafka.brokers], logLevel: logLevel.NOTHING });
}, 180_000);
afterAll(() => world.stop());

const headers = { ce_id: randomUUID(), ce_type: 'huma.user.updated.v1', ce_source: '/huma', ce_specversion: '1.0' };
const good = (): ReturnType<typeof aUserChanged> => aUserChanged({ organizationId: organization.id });
const bad: [string, () => Message][] = [
  ['missing-header', () => ({ key: randomUUID(), value: '{}', headers: { ce_id: '1' } })],
  ['missing-header', () => ({ key: randomUUID(), value: '{}', headers: { ce_type: headers.ce_type } })],
  ['bad-json', () => ({ key: randomUUID(), value: '{"organizationId":', headers })],
  ['bad-json', () => ({ key: randomUUID(), value: Buffer.from([0xff, 0xfe, 0x00]), headers })],
  [
    'unknown-type',
    () => ({ key: randomUUID(), value: '{}', headers: { ...headers, ce_type: 'huma.user.married.v1' } }),
  ],
  [
    'wrong-version',
    () => ({ key: randomUUID(), value: '{}', headers: { ...headers, ce_type: 'huma.user.updated.v2' } }),
  ],
  ['schema', () => ({ key: randomUUID(), value: '{"organizationId":"not a uuid"}', headers })],
  ['schema', () => ({ key: randomUUID(), value: '[]', headers })],
  ['schema', () => ({ key: randomUUID(), value: JSON.stringify(good()), headers })],
  ['schema', () => ({ key: 'not-a-user', value: null })],
  [
    'schema',
    () => ({ key: randomUUID(), value: JSON.stringify({ ...good(), padding: 'x'.repeat(300_000) }), headers }),
  ],
];

const unreadable = async (): Promise<{ code: string; place: string }[]> => {
  const found: { code: string; place: string }[] = [];
  const consumer = kafka.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic: topics.unreadable.name, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const { reason, value } = JSON.parse(String(message.value)) as { reason: { code: string }; value: string | null };
      // The bytes are sealed, in the topic too.
      expect(value ?? '').not.toContain('organizationId');
      found.push({ code: reason.code, place: String(message.key) });
    },
  });
  await eventually(() => {
    expect(found.length).toBeGreaterThan(bad.length);
  }, 30_000);
  await consumer.disconnect();
  return found;
};

it('records that cannot be read are kept with their place, and hold up nobody', async () => {
  const producer = kafka.producer();
  await producer.connect();
  for (const [, message] of bad) await producer.send({ topic: topics.users.name, messages: [message()] });
  // A compacted topic takes no record without a key; the others do.
  await producer.send({ topic: topics.syncCommands.name, messages: [{ value: '{}', headers }] });
  await producer.disconnect();
  await kari.edit({ givenName: 'Behind the poison' });
  await eventually(async () => {
    expect(await kari.employee()).toMatchObject({ FirstName: 'Behind the poison' });
  }, 30_000);
  const found = await unreadable();
  expect(found.map(({ code }) => code).sort()).toEqual(['missing-key', ...bad.map(([code]) => code)].sort());
  expect(new Set(found.map(({ place }) => place)).size).toBe(bad.length + 1);
  for (const { place } of found) expect(place).toMatch(/^(huma\.users|poweroffice\.sync-commands)\.v1-\d+-\d+$/);
});

it('an older version, a duplicate and another organisation change nothing', async () => {
  await organization.atRest(connectionId);
  const before = (await organization.writes()).length;
  const producer = kafka.producer();
  await producer.connect();
  const user = { ...kari.user, givenName: 'Older' };
  const change = { userId: kari.userId, organizationId: organization.id, version: 1, user };
  const event = (value: object): Message => ({ key: kari.userId, value: JSON.stringify(value), headers });
  await producer.send({
    topic: topics.users.name,
    compression: CompressionTypes.GZIP,
    messages: [
      event(aUserChanged(change)),
      event(aUserChanged(change)),
      event(aUserChanged({ ...change, organizationId: randomUUID(), version: 99 })),
    ],
  });
  await producer.disconnect();
  await kari.edit({ familyName: 'Marker' });
  await eventually(async () => {
    expect(await kari.employee()).toMatchObject({ LastName: 'Marker', FirstName: 'Behind the poison' });
  }, 30_000);
  await organization.atRest(connectionId);
  expect((await organization.writes()).slice(before)).toHaveLength(1);
});

describe('a request over HTTP', () => {
  const services = ['connectorConfig', 'employeeSync'] as const;
  const aPath = { connectorConfig: '/v1/connections', employeeSync: `/v1/connections/${randomUUID()}/summary` };
  const problem = {
    status: expect.any(Number) as number,
    code: expect.any(String) as string,
    title: expect.any(String) as string,
  };

  it.each(services)('without a token, or with a forged or expired one, is refused by %s', async (service) => {
    const url = `${world.services[service]}${aPath[service]}`;
    const { access_token: expired } = await world.huma<{ access_token: string }>(
      'POST',
      `/accounts/${organization.id}/token`,
      { lifetimeSeconds: -10 },
    );
    const forged = `${expired.split('.').slice(0, 2).join('.')}.${'A'.repeat(342)}`;
    for (const authorization of [undefined, 'Bearer nonsense', `Bearer ${forged}`, `Bearer ${expired}`]) {
      const answer = await request('GET', url, authorization === undefined ? {} : { headers: { authorization } });
      expect(answer).toMatchObject({ status: 401, body: { ...problem, code: 'invalid-token' } });
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
  });

  it("of another organisation's administrator finds nothing", async () => {
    const { administrator } = await world.organization();
    const { ask } = { ask: administrator.ask.bind(administrator) };
    const person = `/v1/connections/${connectionId}/people/${kari.userId}`;
    for (const [service, method, path, body] of [
      ['connectorConfig', 'GET', `/v1/connections/${connectionId}`, undefined],
      ['connectorConfig', 'POST', `/v1/connections/${connectionId}/pause`, undefined],
      ['connectorConfig', 'POST', `/v1/connections/${connectionId}/disconnect`, undefined],
      ['employeeSync', 'GET', `/v1/connections/${connectionId}/summary`, undefined],
      ['employeeSync', 'GET', `/v1/connections/${connectionId}/lanes`, undefined],
      ['employeeSync', 'GET', `/v1/connections/${connectionId}/audit`, undefined],
      ['employeeSync', 'GET', person, undefined],
      ['employeeSync', 'POST', `${person}/sync-now`, { dryRun: true }],
      ['employeeSync', 'POST', `/v1/connections/${connectionId}/runs`, undefined],
    ] as const) {
      const answer = await ask(service, method, path, body === undefined ? {} : { body });
      expect({ path, status: answer.status }).toEqual({ path, status: 404 });
    }
  });

  it('of somebody without the permission is refused', async () => {
    const sub = randomUUID();
    await world.huma('PUT', `/accounts/${sub}`, {
      name: 'Nobody',
      email: 'nobody@example.com',
      locale: 'en',
      permissions: [],
      organizationId: organization.id,
    });
    const { access_token } = await world.huma<{ access_token: string }>('POST', `/accounts/${sub}/token`, {});
    const authorization = { headers: { authorization: `Bearer ${access_token}` } };
    for (const service of services)
      expect(await request('GET', `${world.services[service]}${aPath[service]}`, authorization)).toMatchObject({
        status: 403,
        body: { code: 'permission-missing' },
      });
  });

  it('with a bad body is told where it is wrong, and never what was in it', async () => {
    const { administrator } = organization;
    const person = `/v1/connections/${connectionId}/people/${kari.userId}/sync-now`;
    const secret = 'do-not-repeat-me';
    for (const [service, path, body, paths] of [
      ['employeeSync', person, {}, ['dryRun']],
      ['employeeSync', person, { dryRun: secret }, ['dryRun']],
      ['employeeSync', person, { dryRun: true, [`x${secret}`]: 1 }, [expect.any(String)]],
      ['connectorConfig', '/v1/connections/try-key', { clientKey: 7 }, ['clientKey']],
      [
        'connectorConfig',
        '/v1/connections',
        { name: '', clientKey: secret },
        expect.arrayContaining(['name', 'settings']),
      ],
    ] as const) {
      const answer = await administrator.ask<{ errors: { path: string }[] }>(service, 'POST', path, { body });
      expect(answer).toMatchObject({ status: 400, body: { code: 'validation' } });
      expect([...new Set(answer.body.errors.map((error) => error.path))]).toEqual(paths);
      if (typeof body === 'object' && 'dryRun' in body && body.dryRun === secret)
        expect(JSON.stringify(answer.body)).not.toContain(secret);
    }
    const huge = { name: 'x'.repeat(300_000) };
    expect(await administrator.ask('connectorConfig', 'POST', '/v1/connections', { body: huge })).toMatchObject({
      status: 413,
    });
    for (const path of ['/v1/connections/not-an-id/summary', `/v1/connections/${connectionId}/lanes?limit=9999`])
      expect(await administrator.ask('employeeSync', 'GET', path)).toMatchObject({
        status: 400,
        body: { code: 'validation' },
      });
    expect(await administrator.ask('employeeSync', 'GET', '/v1/nothing')).toMatchObject({ status: 404 });
  });
});
