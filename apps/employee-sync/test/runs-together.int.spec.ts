import { createLogger } from '@huma-poweroffice/platform';
import { eventually } from '@huma-poweroffice/testing';
import { ReportCleaner } from '../src/runs/report-cleaner.js';
import { by, everybody, inState, reviewed, RunsWorld } from './runs-world.js';

const world = new RunsWorld();
beforeAll(() => world.start());
afterEach(() => world.stopProcesses());
afterAll(() => world.stop());

describe('runs of several connections', () => {
  it('do not wait for a PowerOffice that does not answer', async () => {
    const [hanging, other] = [await world.draft(), await world.draft()];
    await world.inBoth(other);
    await hanging.fault({ path: '/Employees', misbehaviour: { kind: 'slow', ms: 30_000 } });
    const runs = world.started();
    const held = await runs.service.start(hanging.organizationId, hanging.id, by, null);
    await eventually(async () => {
      const asked = (await world.powerOffice.requests()).filter((r) => r.clientId === hanging.clientId);
      expect(asked.at(-1)?.path).toContain('/Employees');
    });
    expect((await reviewed(runs, other)).counts).toEqual({ 'will-link': 1 });
    expect(await runs.service.get(hanging.organizationId, held.id)).toMatchObject({ state: 'collecting' });
  });
});

describe('a run', () => {
  it('that ended the process three times has failed', async () => {
    const connected = await world.draft();
    const { id } = await world.process().service.start(connected.organizationId, connected.id, by, null);
    await world.query("UPDATE run SET leases = 3, lease_until = now() - interval '1 second' WHERE id = $1", [id]);
    const runs = world.started();
    expect(await inState(runs, connected, id, 'failed')).toMatchObject({ failure: 'process-ended' });
  });

  it('counts how often it was begun, and forgets that when it comes to an end', async () => {
    const connected = await world.draft();
    const runs = world.started();
    const { id } = await reviewed(runs, connected);
    expect(await world.query('SELECT leases FROM run WHERE id = $1', [id])).toEqual([{ leases: 0 }]);
  });

  it('may be begun ten times a day', async () => {
    const connected = await world.draft();
    const { service } = world.process();
    const begin = (): Promise<{ id: string }> => service.start(connected.organizationId, connected.id, by, null);
    for (let n = 0; n < 10; n += 1) await service.cancel(connected.organizationId, (await begin()).id, by);
    await expect(begin()).rejects.toMatchObject({ status: 429, code: 'too-many-runs' });
    await world.query("UPDATE run SET begun_at = begun_at - interval '1 day' WHERE connection_id = $1", [connected.id]);
    await begin();
  });

  it('that was cancelled loses its report after a day', async () => {
    const connected = await world.draft();
    await world.inBoth(connected);
    const runs = world.started();
    const cleaner = new ReportCleaner(world.database, createLogger('test', 'fatal'));
    const { id } = await reviewed(runs, connected);
    await runs.service.cancel(connected.organizationId, id, by);
    await cleaner.clean();
    expect(await everybody(runs, connected, id)).toHaveLength(1);
    await world.query("UPDATE run SET finished_at = now() - interval '25 hours' WHERE id = $1", [id]);
    await cleaner.clean();
    expect(await everybody(runs, connected, id)).toEqual([]);
    expect(await runs.service.get(connected.organizationId, id)).toMatchObject({ counts: { 'will-link': 1 } });
  });

  it('is watched by one person five times at most, and no longer than the token holds', async () => {
    const connected = await world.draft();
    const runs = world.process();
    const { id } = await runs.service.start(connected.organizationId, connected.id, by, null);
    const stop = new AbortController();
    const watch = (sub: string, expiresAt = Date.now() + 60_000): Promise<AsyncGenerator<{ state: string }>> =>
      runs.service.watch(connected.organizationId, id, { sub, expiresAt }, stop.signal);
    const open = [];
    for (let n = 0; n < 5; n += 1) open.push(await watch(by));
    for (const stream of open) await stream.next();
    await expect(watch(by)).rejects.toMatchObject({ status: 429, code: 'too-many-streams' });
    const ended = await watch('ola', Date.now() - 1);
    for await (const { state } of ended) expect(state).toBe('collecting');
    await open[0]?.return(undefined);
    await (await watch(by)).next();
    stop.abort();
  });

  it('does not end because of a name with a character that PostgreSQL does not take', async () => {
    const connected = await world.draft();
    const body = '[{"Id":41,"FirstName":"Ka\\u0000ri","LastName":"\\ud800","ExternalImportReference":"x\\u0000"}]';
    await connected.fault({ path: '/Employees', misbehaviour: { kind: 'status', status: 200, body } });
    const { counts } = await reviewed(world.started(), connected);
    expect(counts).toEqual({ 'only-in-poweroffice': 1 });
  });

  it('plans nothing when a list is strikingly short, and says so; the next one believes it', async () => {
    const connected = await world.draft();
    const someone = await world.inBoth(connected);
    const runs = world.started();
    const first = await reviewed(runs, connected);
    await runs.service.cancel(connected.organizationId, first.id, by);
    await world.query('UPDATE run SET employees_count = 20 WHERE id = $1', [first.id]);
    const short = await reviewed(runs, connected);
    expect(short.problems).toEqual([{ code: 'strikingly-few-employees', found: 1, before: 20 }]);
    expect(await everybody(runs, connected, short.id)).toMatchObject([
      { situation: 'will-link', planned: 'none', person: { userId: someone.userId } },
    ]);
    expect((await runs.service.plan(connected.organizationId, short.id)).links).toBe(0);
    await runs.service.cancel(connected.organizationId, short.id, by);
    expect((await reviewed(runs, connected)).problems).toEqual([]);
  });
});

it('somebody archived, restored and synchronized is sent again', async () => {
  const connected = await world.connect();
  const kari = await connected.linked();
  await eventually(async () => {
    expect(await kari.status()).toMatchObject({ status: 'up-to-date' });
  }, 10_000);
  await connected.clerk(kari.employeeId, { IsArchived: true });
  await kari.edit({ givenName: 'Karianne' });
  await eventually(async () => {
    expect(await kari.status()).toMatchObject({ status: 'blocked', reason: 'employee-archived' });
  }, 10_000);
  await connected.clerk(kari.employeeId, { IsArchived: false });
  expect((await reviewed(world.started(), connected)).counts).toEqual({ linked: 1 });
  await eventually(async () => {
    expect(await kari.employee()).toMatchObject({ FirstName: 'Karianne' });
  }, 10_000);
});
