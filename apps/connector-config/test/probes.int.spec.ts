import { eventually } from '@huma-poweroffice/testing';
import type { GrpcClient } from './grpc-client.js';
import { Running, type ConnectionBody, type KnownClient } from './running.js';

const running = new Running();
const all = ['Employee_Full', 'EmployeeBankAccounts_Full', 'ContactBankAccount_Full', 'CommonServices'];
/** Whoever waits for a privilege is probed at once the first time, and then an hour later. */
const patient = { POWEROFFICE_PRIVILEGE_SECONDS: '3600', POWEROFFICE_PROBE_SECONDS: '3600' };
let connector: GrpcClient;
beforeAll(async () => {
  await running.start({ ...patient, POWEROFFICE_PROBE_PAUSE_SECONDS: '2' });
  connector = await running.grpc();
}, 120_000);
afterEach(() => running.powerOffice.control('DELETE', '/faults'));
afterAll(() => running.stop());

const aConnection = async (privileges = all): Promise<ConnectionBody & { known: KnownClient }> => {
  const known = await running.aClient({ privileges });
  const connection = await running.aConnection(known);
  // As if it had been connected a while ago.
  await running.database.query("UPDATE connection SET probed_at = now() - interval '1 day'");
  return { ...connection, known };
};
const waiting = (connectionId: string) => connector.call('ReportWaitingForPrivilege', { connectionId });
const refused = (connectionId: string, kind: 'key' | 'privilege') =>
  connector.call('ReportRefusal', { connectionId, kind, status: kind === 'key' ? 401 : 403 });
const abilities = async (connectionId: string): Promise<Map<string, string>> => {
  const [row] = await running.database.query<{ abilities: { field: string; write: string }[] }>(
    'SELECT abilities FROM connection WHERE connection_id = $1',
    [connectionId],
  );
  return new Map(row?.abilities.map(({ field, write }) => [field, write]));
};
const writesAccounts = (connectionId: string, write: 'yes' | 'no'): Promise<void> =>
  eventually(async () => {
    expect((await abilities(connectionId)).get('bankAccount')).toBe(write);
  }, 20_000);
const probes = async (connectionId: string) =>
  running.database.query<{ tries: number; due_in: number; awaited: boolean }>(
    `SELECT tries, extract(epoch FROM due_at - now())::float8 AS due_in, awaited_until IS NOT NULL AS awaited
       FROM probe WHERE connection_id = $1`,
    [connectionId],
  );
/** The probe that was due has been made, and the next one is planned. */
const probed = (connectionId: string, tries: number): Promise<void> =>
  eventually(async () => {
    const [row] = await probes(connectionId);
    expect(row).toMatchObject({ tries });
    expect(row!.due_in).toBeGreaterThan(3500);
  }, 20_000);
const requests = async (since: number): Promise<number> => (await running.requestsSince(since)).length;

describe('a privilege that something waits for', () => {
  it('is asked for, and its grant ends the asking', async () => {
    const { id, known } = await aConnection(['Employee_Full']);
    await running.changeClient(known.id, { privileges: all });
    expect(await waiting(id)).toMatchObject({ reply: { state: 'draft' } });
    await writesAccounts(id, 'yes');
    await eventually(async () => {
      expect(await probes(id)).toEqual([]);
    });
  });

  it('is asked for once, however often it is said, and less and less often', async () => {
    const { id } = await aConnection(['Employee_Full']);
    const since = await running.lastSeq();
    await Promise.all(Array.from({ length: 20 }, () => waiting(id)));
    await probed(id, 1);
    for (let n = 0; n < 5; n += 1) await waiting(id);
    expect(await requests(since)).toBe(2);
    expect((await probes(id))[0]!.due_in).toBeGreaterThan(2 * 3500);
  });

  it('is asked for at once when a person looks, resumes or a run finishes', async () => {
    const { id, known } = await aConnection(['Employee_Full']);
    await waiting(id);
    await probed(id, 1);
    await running.changeClient(known.id, { privileges: all });
    await running.connection(id);
    await writesAccounts(id, 'yes');

    await running.changeClient(known.id, { privileges: ['Employee_Full'] });
    await waiting(id);
    await running.database.query("UPDATE probe SET due_at = now() - interval '1 second'");
    await waiting(id);
    await writesAccounts(id, 'no');
    await waiting(id);
    await running.changeClient(known.id, { privileges: all });
    await connector.call('ReportRunFinished', { connectionId: id, runId: 'r1' });
    await writesAccounts(id, 'yes');
  });

  it('of a connection that is not there, or disconnected, is not asked for', async () => {
    expect(await waiting('11111111-1111-4111-8111-111111111111')).toMatchObject({ status: 'NOT_FOUND' });
    const { id } = await aConnection(['Employee_Full']);
    await waiting(id);
    await running.ask('POST', `/v1/connections/${id}/disconnect`);
    expect(await probes(id)).toEqual([]);
    expect(await waiting(id)).toMatchObject({ reply: { state: 'disconnected' } });
    expect(await probes(id)).toEqual([]);
  });

  it('is not asked for when nothing waits', async () => {
    const { id, known } = await aConnection(['Employee_Full']);
    await running.changeClient(known.id, { privileges: all });
    const since = await running.lastSeq();
    for (let n = 0; n < 3; n += 1) await running.connection(id);
    expect(await probes(id)).toEqual([]);
    expect(await requests(since)).toBe(0);
    expect((await abilities(id)).get('bankAccount')).toBe('no');
  });
});

it('a probe that would come too soon after the last one is made later', async () => {
  const { id, known } = await aConnection();
  expect((await refused(id, 'privilege')).reply).toEqual({ state: 'draft' });
  await running.changeClient(known.id, { privileges: ['Employee_Full'] });
  await refused(id, 'privilege');
  expect((await abilities(id)).get('bankAccount')).toBe('yes');
  await writesAccounts(id, 'no');
});

it('a probe that PowerOffice did not answer is made later', async () => {
  const { id, known } = await aConnection();
  await running.changeClient(known.id, { privileges: ['Employee_Full'] });
  await running.powerOffice.control('PATCH', '/behaviour', { down: true });
  await refused(id, 'privilege');
  await running.powerOffice.control('PATCH', '/behaviour', { down: false });
  await writesAccounts(id, 'no');
});

describe('a connection that is held', () => {
  it('is probed without witnesses, less and less often, and at once when a person looks', async () => {
    const { id, known } = await aConnection();
    await aConnection();
    await running.changeClient(known.id, { keyRevoked: true });
    expect((await refused(id, 'key')).reply).toEqual({ state: 'paused' });
    await probed(id, 0);
    const since = await running.lastSeq();
    await refused(id, 'key');
    await running.connection(id);
    await probed(id, 1);
    // The key is refused by the first request of a probe.
    expect(await requests(since)).toBe(1);
    expect((await probes(id))[0]!.due_in).toBeGreaterThan(2 * 3500);
    await running.changeClient(known.id, { keyRevoked: false });
    await running.database.query("UPDATE probe SET hastened_at = '-infinity' WHERE connection_id = $1", [id]);
    await running.connection(id);
    await eventually(async () => {
      expect(await running.connection(id)).toMatchObject({ state: 'draft', pauseReason: null });
    });
  });
});

describe('fresh tokens that the API of PowerOffice refuses', () => {
  const refuse = (clientId?: string, body?: string) =>
    running.powerOffice.control('POST', '/faults', {
      path: 'ClientIntegrationInformation',
      ...(clientId === undefined ? {} : { clientId }),
      misbehaviour: { kind: 'status', status: 401, ...(body === undefined ? {} : { body }) },
    });
  const errors = (text: string): number => running.lines.filter((line) => line.includes(text)).length;

  it('of one connection hold it, and no other', async () => {
    const [one, other] = [await aConnection(), await aConnection()];
    await refuse(one.known.id);
    expect((await refused(one.id, 'key')).reply).toEqual({ state: 'paused' });
    expect(await running.connection(one.id)).toMatchObject({ state: 'paused', pauseReason: 'token-refused' });
    expect((await running.connection(other.id)).state).toBe('draft');
  });

  it('of several connections are our own fault: one alarm, and nobody is held', async () => {
    await running.database.query('DELETE FROM token_refusal');
    const [one, other] = [await aConnection(), await aConnection()];
    await refuse();
    for (const { id } of [one, other]) expect((await refused(id, 'key')).reply).toEqual({ state: 'draft' });
    expect(errors('PowerOffice refuses the tokens that it grants')).toBe(1);
  });

  it('by the gateway hold nobody', async () => {
    await running.database.query('DELETE FROM token_refusal');
    const { id } = await aConnection();
    await refuse(
      undefined,
      JSON.stringify({ statusCode: 401, message: 'Access denied due to invalid subscription key.' }),
    );
    expect((await refused(id, 'key')).reply).toEqual({ state: 'draft' });
  });
});
