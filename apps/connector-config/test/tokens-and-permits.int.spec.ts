import { randomBytes, randomUUID } from 'node:crypto';
import { Keyring, Secret } from '@huma-poweroffice/platform';
import { eventually } from '@huma-poweroffice/testing';
import { startConnectorConfig, type RunningConnectorConfig } from '../src/connector-config.js';
import { places } from '../src/sealing/secret-repository.js';
import { TokenRepository } from '../src/tokens/token-repository.js';
import type { GrpcClient } from './grpc-client.js';
import { Running, type ConnectionBody } from './running.js';

const running = new Running();
let second: RunningConnectorConfig;
let connector: GrpcClient;
let other: GrpcClient;
beforeAll(async () => {
  await running.start();
  second = await running.replica();
  connector = await running.grpc();
  other = await running.grpc(second);
}, 120_000);
afterEach(() => running.powerOffice.control('DELETE', '/faults'));
afterAll(() => running.stop());

const aConnection = async (): Promise<ConnectionBody> => running.aConnection(await running.aClient());
const tokenRequests = async (since: number): Promise<number> =>
  (await running.requestsSince(since)).filter(({ path }) => /OAuth/.test(path)).length;
/** Lets the kept token have so much time left. */
const leave = (connectionId: string, seconds: number): Promise<unknown> =>
  running.database.query(`UPDATE access_token SET ends_at = now() + $2 * interval '1 second' WHERE owner_id = $1`, [
    connectionId,
    seconds,
  ]);

describe('an access token', () => {
  it('is asked for once over all replicas, however many want it', async () => {
    const { id: connectionId } = await aConnection();
    await running.powerOffice.control('PATCH', '/behaviour', { latencyMs: 100 });
    const since = await running.lastSeq();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => (n % 2 ? connector : other).call('GetAccessToken', { connectionId })),
    );
    expect(new Set(answers.map(({ reply }) => reply?.accessToken)).size).toBe(1);
    expect(answers[0]!.reply).toMatchObject({ subscriptionKey: 'subscription' });
    expect(answers[0]!.reply!.validForMs).toBeGreaterThan(1_000_000);
    expect(await tokenRequests(since)).toBe(1);
  });

  it('that was refused is renewed once, and never answered again', async () => {
    const { id: connectionId, client } = await aConnection();
    const first = (await connector.call('GetAccessToken', { connectionId })).reply!;
    expect(first.clientId).toBe(client.id);
    const since = await running.lastSeq();
    const refused = { connectionId, refusedToken: first.accessToken };
    const answers = await Promise.all(
      [connector, other, connector, other].map((c) => c.call('GetAccessToken', refused)),
    );
    const tokens = new Set(answers.map(({ reply }) => reply?.accessToken));
    expect(tokens.size).toBe(1);
    expect(tokens).not.toContain(first.accessToken);
    expect(await tokenRequests(since)).toBe(1);
  });

  it('that ends soon is renewed while it is used; one that ends too soon is not used', async () => {
    const { id: connectionId } = await aConnection();
    const first = (await connector.call('GetAccessToken', { connectionId })).reply!.accessToken;
    await leave(connectionId, 60);
    expect((await connector.call('GetAccessToken', { connectionId })).reply!.accessToken).toBe(first);
    const renewed = await eventually(async () => {
      const { accessToken } = (await connector.call('GetAccessToken', { connectionId })).reply!;
      expect(accessToken).not.toBe(first);
      return accessToken;
    });
    await leave(connectionId, 10);
    expect((await other.call('GetAccessToken', { connectionId })).reply!.accessToken).not.toBe(renewed);
  });

  it('is renewed by another replica when the one that was at it is gone', async () => {
    const { id: connectionId } = await aConnection();
    await running.database.query(
      `INSERT INTO access_token (kind, owner_id, renewer, renewing_until)
       VALUES ('poweroffice', $1, $2, now() + interval '1 second')`,
      [connectionId, randomUUID()],
    );
    const since = await running.lastSeq();
    const answers = await Promise.all([connector, other].map((c) => c.call('GetAccessToken', { connectionId })));
    expect(answers.map(({ status }) => status)).toEqual(['OK', 'OK']);
    expect(await tokenRequests(since)).toBe(1);
  });

  it('of the old key is not kept when its renewal begins while the key is replaced', async () => {
    const ownerId = randomUUID();
    const renewer = randomUUID();
    const keyring = new Keyring(new Secret(running.env['ENCRYPTION_KEYS']!));
    const tokens = new TokenRepository(running.database, keyring, places.powerOfficeTokens);
    let order = '';
    let claim: Promise<void> | undefined;
    await running.database.transaction(async (tx) => {
      await tokens.remove(tx, ownerId);
      claim = tokens.claimRenewal(ownerId, renewer, 60_000).then((mine) => {
        order += mine ? 'claimed' : 'not claimed';
      });
      await eventually(async () => {
        const waiting = await running.database.query(
          "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INTO access_token%'",
        );
        expect(waiting).toHaveLength(1);
      });
      order += 'replaced, ';
    });
    await claim;
    expect(order).toBe('replaced, claimed');
    await running.database.transaction((tx) => tokens.remove(tx, ownerId));
    await tokens.keep(ownerId, renewer, 'of the old key', 60_000);
    expect(await tokens.find(ownerId)).toBeNull();
  });

  it('of a connection and one of an organisation by the same id are two', async () => {
    const ownerId = randomUUID();
    const keyring = new Keyring(new Secret(running.env['ENCRYPTION_KEYS']!));
    const [ofPowerOffice, ofHuma] = [places.powerOfficeTokens, places.humaTokens].map(
      (place) => new TokenRepository(running.database, keyring, place),
    );
    const renewer = randomUUID();
    await ofPowerOffice!.claimRenewal(ownerId, renewer, 60_000);
    await ofPowerOffice!.keep(ownerId, renewer, 'of PowerOffice', 60_000);
    expect(await ofHuma!.find(ownerId)).toBeNull();
    await running.database.transaction((tx) => ofHuma!.remove(tx, ownerId));
    expect(await ofPowerOffice!.find(ownerId)).toMatchObject({ accessToken: 'of PowerOffice' });
    // Moved to the other kind, it does not open.
    await running.database.query('DELETE FROM access_token WHERE owner_id = $1 AND kind = $2', [ownerId, 'huma']);
    await running.database.query("UPDATE access_token SET kind = 'huma' WHERE owner_id = $1", [ownerId]);
    await expect(ofHuma!.find(ownerId)).rejects.toThrow();
    await running.database.query('DELETE FROM access_token WHERE owner_id = $1', [ownerId]);
  });

  it('is kept sealed', async () => {
    const { id: connectionId } = await aConnection();
    const { accessToken } = (await connector.call('GetAccessToken', { connectionId })).reply!;
    const [row] = await running.database.query<{ sealed: Buffer }>(
      'SELECT sealed FROM access_token WHERE owner_id = $1',
      [connectionId],
    );
    expect(row!.sealed.toString('latin1')).not.toContain(accessToken);
  });

  it('is not to be had while PowerOffice fails, and is as soon as it does not', async () => {
    const { id: connectionId } = await aConnection();
    await running.powerOffice.control('POST', '/faults', { misbehaviour: { kind: 'status', status: 503 } });
    const since = await running.lastSeq();
    for (const _ of [1, 2, 3])
      expect(await connector.call('GetAccessToken', { connectionId })).toMatchObject({ status: 'UNAVAILABLE' });
    expect(await tokenRequests(since)).toBe(1);
    await running.powerOffice.control('DELETE', '/faults');
    await eventually(async () => {
      expect((await connector.call('GetAccessToken', { connectionId })).status).toBe('OK');
    }, 20_000);
    expect((await running.connection(connectionId)).state).toBe('draft');
  });
});

it('a connection is probed once within a while, however often it is refused', async () => {
  const { id: connectionId } = await aConnection();
  await running.database.query(`UPDATE connection SET probed_at = '-infinity' WHERE connection_id = $1`, [
    connectionId,
  ]);
  const since = await running.lastSeq();
  const reports = [connector, other, connector, other, connector].map((c) =>
    c.call('ReportRefusal', { connectionId, kind: 'privilege', status: 403 }),
  );
  for (const { reply } of await Promise.all(reports)) expect(reply).toEqual({ state: 'draft' });
  expect((await running.requestsSince(since)).map(({ path }) => path)).toEqual([
    '/OAuth/Token',
    '/v2/ClientIntegrationInformation',
  ]);
});

describe('a call', () => {
  it.each([
    ['without a token', null, 'UNAUTHENTICATED'],
    ['with a token that is none', 'not.a.token', 'UNAUTHENTICATED'],
  ])('%s is refused', async (_, token, status) => {
    const nobody = await running.grpc(running.first, token);
    expect(await nobody.call('AcquirePermit', { class: 'PERMIT_CLASS_LIVE', waitMs: 100 })).toMatchObject({ status });
  });

  it('of a person, or of a service with another scope, is refused', async () => {
    for (const token of [
      await running.issuer.person(running.organization),
      await running.issuer.service({ scope: 'other' }),
    ]) {
      const caller = await running.grpc(running.first, token);
      const { id: connectionId } = await aConnection();
      expect(await caller.call('GetAccessToken', { connectionId })).toMatchObject({ status: 'PERMISSION_DENIED' });
    }
  });

  it('with a token that has ended is refused', async () => {
    const late = await running.grpc(
      running.first,
      await running.issuer.sign({ scope: 'poweroffice.internal' }, '-10s'),
    );
    expect(await late.call('ReportRateLimited', {})).toMatchObject({ status: 'UNAUTHENTICATED' });
  });

  it('about a connection that is not there is told so', async () => {
    const connectionId = randomUUID();
    const organizationId = randomUUID();
    const answers = await Promise.all([
      connector.call('GetConnection', { connectionId }),
      connector.call('GetAccessToken', { connectionId }),
      connector.call('ReportRunFinished', { connectionId, runId: 'r' }),
      connector.call('ReportRefusal', { connectionId, kind: 'key' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(4).fill('NOT_FOUND'));
    expect(await connector.call('GetHumaAccessToken', { organizationId })).toMatchObject({
      status: 'FAILED_PRECONDITION',
      code: 'no-credentials',
    });
  });

  it('that is not right is told where', async () => {
    const connectionId = randomUUID();
    const answers = await Promise.all([
      connector.call('GetConnection', { connectionId: '1' }),
      connector.call('AcquirePermit', { waitMs: 10 }),
      connector.call('ReportPermit', { permitId: 'x', used: true }),
      connector.call('ReportRunFinished', { connectionId }),
      connector.call('ReportRunFinished', { connectionId, runId: 'r\u0000' }),
      connector.call('ReportWaitingForPrivilege', { connectionId: '\u0000' }),
      connector.call('AcquirePermit', { class: 'PERMIT_CLASS_LIVE', connectionId: 'x' }),
      connector.call('ReportRefusal', { connectionId, kind: 'other' }),
      connector.call('GetHumaAccessToken', {}),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(9).fill('INVALID_ARGUMENT'));
    expect(answers[0]!.code).toBe('connection_id-not-right');
  });

  it('answers a connection', async () => {
    const connection = await aConnection();
    const { reply } = await connector.call('GetConnection', { connectionId: connection.id });
    expect(reply).toEqual({
      connectionId: connection.id,
      organizationId: running.organization,
      version: 1,
      name: 'Oslo',
      state: 'draft',
      pauseReason: '',
      clientId: connection.client.id,
      clientName: connection.client.name,
      groupType: '',
      groupId: '',
      createUsers: false,
      sendPositions: true,
    });
  });
});

describe('a permit', () => {
  const acquire = (waitMs: number, cancel?: AbortSignal) =>
    connector.call('AcquirePermit', { class: 'PERMIT_CLASS_LIVE', waitMs }, cancel);
  const onlyOneSlot = (freeIn: string): Promise<unknown> =>
    running.database.query(
      `UPDATE request_slot SET permit_id = NULL, granted_at = '-infinity', free_at =
         CASE slot WHEN 1 THEN now() + $1::interval ELSE now() + interval '1 hour' END`,
      [freeIn],
    );
  afterEach(() => running.freeSlots());

  it('comes, is reported, and is free again after a second', async () => {
    await onlyOneSlot('0');
    const { reply } = await acquire(5000);
    expect(reply!.validForMs).toBeGreaterThan(1900);
    expect(await acquire(50)).toMatchObject({ status: 'DEADLINE_EXCEEDED', code: 'no-permit-in-time' });
    expect(await other.call('ReportPermit', { permitId: reply!.permitId, used: true, ageMs: 3 })).toMatchObject({
      status: 'OK',
    });
    expect((await acquire(20_000)).status).toBe('OK');
  });

  it('is not kept for a caller who is gone', async () => {
    await onlyOneSlot('1 hour');
    const gone = new AbortController();
    const asked = acquire(20_000, gone.signal);
    // It waits, there is no slot yet.
    expect((await acquire(50)).status).toBe('DEADLINE_EXCEEDED');
    gone.abort();
    expect((await asked).status).toBe('CANCELLED');
    await onlyOneSlot('0');
    expect((await acquire(20_000)).status).toBe('OK');
    const [row] = await running.database.query(
      "SELECT count(*)::int AS n FROM request_slot WHERE granted_at > now() - interval '1 minute'",
    );
    expect(row).toEqual({ n: 1 });
  });

  it('whose answer the caller never saw is given back by its reference', async () => {
    await onlyOneSlot('0');
    const reference = randomUUID();
    const request = { class: 'PERMIT_CLASS_LIVE', waitMs: 5000, reference } as const;
    expect((await connector.call('AcquirePermit', request)).status).toBe('OK');
    expect((await acquire(50)).status).toBe('DEADLINE_EXCEEDED');
    await connector.call('ReportPermit', { reference, used: false });
    expect((await acquire(5000)).status).toBe('OK');
    // Repeated, or of a call that got no permit, it changes nothing.
    for (const late of [reference, randomUUID()])
      expect((await connector.call('ReportPermit', { reference: late, used: false })).status).toBe('OK');
    expect((await acquire(50)).status).toBe('DEADLINE_EXCEEDED');
  });

  it('is waited for no longer when the service stops: the call is answered, not broken off', async () => {
    await onlyOneSlot('1 hour');
    const stopping = await startConnectorConfig(running.env, { write: () => undefined });
    const caller = await running.grpc(stopping);
    const live = (waitMs: number) => caller.call('AcquirePermit', { class: 'PERMIT_CLASS_LIVE', waitMs });
    const asked = live(60_000);
    // It waits: one that came after it has gone again.
    expect((await live(50)).status).toBe('DEADLINE_EXCEEDED');
    await stopping.stop();
    expect(await asked).toMatchObject({ status: 'DEADLINE_EXCEEDED', code: 'no-permit-in-time' });
  });

  it('is given to nobody after a 429', async () => {
    await connector.call('ReportRateLimited', { retryAfterMs: 60_000 });
    expect((await other.call('AcquirePermit', { class: 'PERMIT_CLASS_PERSON', waitMs: 100 })).status).toBe(
      'DEADLINE_EXCEEDED',
    );
    await running.database.query(`UPDATE request_stop SET until = '-infinity'`);
  });

  it('is paid for every request that this service makes itself', async () => {
    const client = await running.aClient();
    await running.database.query(`UPDATE request_slot SET free_at = now() + interval '1 hour'`);
    const since = await running.lastSeq();
    const tried = running.ask('POST', '/v1/connections/try-key', { body: { clientKey: client.clientKey } });
    await eventually(async () => {
      const waiting = await running.database.query('SELECT 1 FROM waiting_process WHERE people_until > now()');
      expect(waiting).toHaveLength(1);
    });
    expect(await running.requestsSince(since)).toEqual([]);
    await running.freeSlots();
    expect((await tried).status).toBe(200);
  });
});

it('goes on after every connection to the database was ended', async () => {
  const { id: connectionId } = await aConnection();
  await running.database.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  const answers = await Promise.all(
    [1, 2, 3].map(() => connector.call('AcquirePermit', { class: 'PERMIT_CLASS_LIVE', waitMs: 20_000 })),
  );
  for (const { status } of answers) expect(['OK', 'UNAVAILABLE']).toContain(status);
  await eventually(async () => {
    expect((await connector.call('GetAccessToken', { connectionId })).status).toBe('OK');
    expect((await other.call('GetAccessToken', { connectionId })).status).toBe('OK');
  });
  expect(running.lines.filter((line) => line.includes('"level":"fatal"'))).toEqual([]);
});

describe('keys of encryption', () => {
  it('are rotated at a start: afterwards the older one is not needed', async () => {
    const connection = await aConnection();
    await connector.call('GetAccessToken', { connectionId: connection.id });
    const organization = randomUUID();
    const put = await running.ask('PUT', `/internal/v1/organizations/${organization}/huma-credentials`, {
      body: { clientId: 'a', clientSecret: 'b' },
      token: await running.issuer.service(),
    });
    expect(put.status).toBe(204);
    const newer = `k2:${randomBytes(32).toString('base64')}`;
    await running.replica({ ENCRYPTION_KEYS: `${newer},${running.env['ENCRYPTION_KEYS']!}` });
    for (const table of ['client_key', 'access_token', 'huma_credentials']) {
      const rows = await running.database.query<{ sealed: Buffer }>(
        `SELECT sealed FROM ${table} WHERE sealed IS NOT NULL`,
      );
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map(({ sealed }) => sealed.subarray(1, 3).toString()))).toEqual(new Set(['k2']));
    }
    const onlyNewer = await running.grpc(await running.replica({ ENCRYPTION_KEYS: newer }));
    await running.database.query('DELETE FROM access_token');
    expect((await onlyNewer.call('GetAccessToken', { connectionId: connection.id })).status).toBe('OK');
  });
});
