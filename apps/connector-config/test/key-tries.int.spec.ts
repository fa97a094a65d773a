import { randomUUID } from 'node:crypto';
import { eventually } from '@huma-poweroffice/testing';
import type { RunningConnectorConfig } from '../src/connector-config.js';
import type { GrpcClient } from './grpc-client.js';
import { aBody, Running } from './running.js';

const running = new Running();
/** As the service is set up by default: ten requests a second, few tries. */
const limited = {
  POWEROFFICE_REQUESTS_PER_SECOND: '10',
  POWEROFFICE_KEY_TRIES_PER_MINUTE: '5',
  POWEROFFICE_KEY_TRIES_AT_ONCE: '1',
  POWEROFFICE_REFUSED_KEYS_PER_HOUR: '20',
  POWEROFFICE_REFUSED_KEYS_BEFORE_PAUSE: '5',
};
let second: RunningConnectorConfig;
beforeAll(async () => {
  await running.start(limited);
  second = await running.replica();
}, 120_000);
afterEach(() => running.powerOffice.control('DELETE', '/faults'));
afterAll(() => running.stop());

interface Tried {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: string | null;
}
/** @param sub who tries */
const tryKey = async (
  asked: { readonly organization?: string; readonly sub?: string; readonly clientKey?: string },
  at = running.first,
): Promise<Tried> => {
  const { organization = randomUUID(), sub = 'kari', clientKey = randomUUID() } = asked;
  const token = await running.issuer.person(organization, { sub });
  const { status, body, headers } = await running.ask('POST', '/v1/connections/try-key', {
    body: { clientKey },
    token,
    at,
  });
  return { status, code: body['code'] as string | undefined, retryAfter: headers.get('retry-after') };
};
const live = (connector: GrpcClient) => connector.call('AcquirePermit', { class: 'PERMIT_CLASS_LIVE', waitMs: 60_000 });
/** Loops that try keys until they are stopped. */
const attack = (count: number, one: () => Promise<unknown>): { stop: () => Promise<void>; begun: () => number } => {
  let [begun, stopped] = [0, false];
  const loops = Array.from({ length: count }, async () => {
    while (!stopped) {
      begun += 1;
      await one();
    }
  });
  return {
    begun: () => begun,
    stop: async () => {
      stopped = true;
      await Promise.all(loops);
    },
  };
};

it('a person may try five keys a minute, over all replicas', async () => {
  const organization = randomUUID();
  const { clientKey } = await running.aClient();
  const statuses: number[] = [];
  for (let n = 0; n < 5; n += 1)
    statuses.push((await tryKey({ organization, clientKey }, n % 2 ? running.first : second)).status);
  expect(statuses).toEqual(Array(5).fill(200));
  const sixth = await tryKey({ organization, clientKey }, second);
  expect(sixth).toMatchObject({ status: 429, code: 'too-many-key-tries' });
  expect(Number(sixth.retryAfter)).toBeGreaterThan(0);
  expect(Number(sixth.retryAfter)).toBeLessThanOrEqual(60);
  expect((await tryKey({ organization, clientKey, sub: 'ola' })).status).toBe(200);
});

it('an organisation whose keys were refused five times waits, and no other one does', async () => {
  const organization = randomUUID();
  for (let n = 0; n < 5; n += 1)
    expect((await tryKey({ organization, sub: `person ${String(n)}` })).code).toBe('client-key-refused');
  const { clientKey } = await running.aClient();
  const sixth = await tryKey({ organization, sub: 'somebody else', clientKey });
  expect(sixth).toMatchObject({ status: 429, code: 'too-many-key-tries' });
  expect(Number(sixth.retryAfter)).toBeGreaterThan(14 * 60);
  expect((await tryKey({ clientKey })).status).toBe(200);
});

it('one try at a time of a person, two of an organisation, are under way', async () => {
  const organization = randomUUID();
  const { clientKey } = await running.aClient();
  await running.database.query("UPDATE request_slot SET free_at = now() + interval '1 hour'");
  const underWay = ['kari', 'ola'].map((sub) => tryKey({ organization, clientKey, sub }));
  await eventually(async () => {
    const rows = await running.database.query('SELECT 1 FROM key_try WHERE organization_id = $1', [organization]);
    expect(rows).toHaveLength(2);
  });
  for (const sub of ['kari', 'per'])
    expect(await tryKey({ organization, clientKey, sub }, second)).toMatchObject({
      status: 429,
      code: 'key-try-under-way',
    });
  await running.freeSlots();
  expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual([200, 200]);
});

it('a double click is no second try: both requests are answered with the one connection', async () => {
  const organization = randomUUID();
  const client = await running.aClient();
  const token = await running.issuer.person(organization);
  const headers = { 'idempotency-key': randomUUID() };
  const create = (at: RunningConnectorConfig) =>
    running.ask('POST', '/v1/connections', { body: aBody(client), token, headers, at });
  const [first, repeated] = await Promise.all([create(running.first), create(second)]);
  expect([first.status, repeated.status]).toEqual([201, 201]);
  expect(repeated.body['id']).toBe(first.body['id']);
});

it('thirty loops of one administrator reach PowerOffice no more often than the limits say', async () => {
  const organization = randomUUID();
  const connector = await running.grpc();
  const since = await running.lastSeq();
  const loops = attack(30, () => tryKey({ organization }));
  await eventually(() => {
    expect(loops.begun()).toBeGreaterThan(100);
  }, 45_000);
  expect((await live(connector)).status).toBe('OK');
  await loops.stop();
  // The key is refused by the first of the two requests of a try.
  expect((await running.requestsSince(since)).length).toBeLessThanOrEqual(5);
});

it('thirty loops that no limit holds back leave half of the budget to others', async () => {
  const unlimited = await running.replica({
    POWEROFFICE_KEY_TRIES_PER_MINUTE: '10000',
    POWEROFFICE_KEY_TRIES_AT_ONCE: '100',
    POWEROFFICE_REFUSED_KEYS_PER_HOUR: '10000',
    POWEROFFICE_REFUSED_KEYS_BEFORE_PAUSE: '10000',
  });
  const organization = randomUUID();
  const [near, far] = [await running.grpc(unlimited), await running.grpc(second)];
  const { clientKey } = await running.aClient();
  const loops = attack(30, () => tryKey({ organization, clientKey }, unlimited));
  await eventually(async () => {
    const rows = await running.database.query('SELECT 1 FROM request_slot WHERE for_person AND free_at > now()');
    expect(rows.length).toBeGreaterThan(5);
  }, 30_000);
  for (const connector of [near, far]) {
    for (let n = 0; n < 4; n += 1) {
      const since = await running.lastSeq();
      const permit = await live(connector);
      expect(permit.status).toBe('OK');
      // The grants that people already had when it was asked for, and no more than a few after that.
      expect((await running.requestsSince(since)).length).toBeLessThanOrEqual(15);
      await connector.call('ReportPermit', { permitId: permit.reply!.permitId, used: true });
    }
  }
  await loops.stop();
});
