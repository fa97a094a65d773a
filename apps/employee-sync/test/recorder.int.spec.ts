import { randomUUID } from 'node:crypto';
import type { Database, Tx } from '@huma-poweroffice/platform';
import { eventually } from '@huma-poweroffice/testing';
import type { Attempt } from '@huma-poweroffice/sync-rules';
import type { Errand } from '../src/sending/errand.js';
import { Recorder } from '../src/sending/recorder.js';
import type { Result } from '../src/sending/poweroffice-sender.js';
import { SendingWorld } from './sending-world.js';

const world = new SendingWorld();
beforeAll(() => world.start());
afterAll(() => world.stop());

/** The database, in which the next transactions end in a deadlock. */
const deadlocking = (): { readonly database: Database; fail(): void } => {
  let failing = false;
  const transaction = <T>(run: (tx: Tx) => Promise<T>): Promise<T> =>
    world.database.transaction(async (tx) => {
      const result = await run(tx);
      const changesLanes = await tx.query('SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid() AND mode = $1 LIMIT 1', [
        'RowExclusiveLock',
      ]);
      if (failing && changesLanes.length > 0) {
        failing = false;
        throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
      }
      return result;
    });
  const database = Object.assign(Object.create(world.database) as Database, { transaction });
  return { database, fail: () => (failing = true) };
};

it('the end of an outage is not lost in a deadlock', async () => {
  const { lanes, worlds, journal, knowledge } = world.sending;
  const connected = await world.connect();
  const kari = await connected.linked();
  await eventually(async () => {
    expect(await kari.status()).toMatchObject({ status: 'up-to-date' });
  });
  await world.query(`UPDATE lane SET retrying = true, wake_at = now() + interval '1 hour' WHERE connection_id = $1`, [
    connected.id,
  ]);
  const { database, fail } = deadlocking();
  const privileges = { report: () => undefined };
  const recorder = new Recorder(database, lanes, worlds, journal, {
    index: knowledge.index,
    privileges,
    logger: world.logger,
  });
  // Of somebody whose lane is gone: nothing is recorded, and yet PowerOffice has answered.
  const errand = {
    ...{ connectionId: connected.id, organizationId: connected.organizationId, userId: randomUUID() },
    attempt: { id: randomUUID(), kind: 'patch', clientId: connected.clientId, values: {} },
    recordBefore: performance.now() + 60_000,
  } as unknown as Errand;
  const failed: Result = { reading: { outcome: 'failed', reason: 'poweroffice-unavailable', retryAfterMs: null } };
  for (let n = 0; n < 5; n += 1) await recorder.record(errand, failed);
  fail();
  await recorder.record(errand, { reading: { outcome: 'absent' } });
  await eventually(async () => {
    expect(await kari.status()).toMatchObject({ status: 'up-to-date' });
    expect(await world.query('SELECT 1 FROM lane WHERE connection_id = $1 AND retrying', [connected.id])).toEqual([]);
  });
});

it('a mistake of ours about an answer is followed by a pause, and what it was about is read back', async () => {
  const { lanes, worlds, journal, knowledge } = world.sending;
  const connected = await world.connect();
  const kari = await connected.linked();
  await eventually(async () => {
    expect(await kari.status()).toMatchObject({ status: 'up-to-date' });
  });
  const privileges = { report: () => undefined };
  const passes = { index: knowledge.index, privileges, logger: world.logger };
  const recorder = new Recorder(world.database, lanes, worlds, journal, passes);
  const now = Date.now();
  const attempt: Attempt = {
    ...{ id: randomUUID(), kind: 'patch', clientId: connected.clientId, version: 1, outcome: 'open', refusal: null },
    ...{ values: { givenName: { huma: 'Kari', sent: 'Kari' } }, leaseUntil: now + 60_000, settleAfter: now + 60_000 },
    ...{ writesReference: false, accountId: null, purpose: null, reading: null },
  };
  const lane = { ...(await kari.lane()), attempt };
  await world.database.transaction((tx) => lanes.save(tx, connected.id, [{ lane, held: false, class: 1 }]));
  const errand = {
    ...{ connectionId: connected.id, organizationId: connected.organizationId, userId: kari.userId, attempt },
    ...{ fence: attempt.id, recordBefore: performance.now() + 60_000 },
  } as unknown as Errand;
  await recorder.record(errand, { answer: { outcome: 'nobody knows this outcome' } } as unknown as Result);
  const after = await kari.lane();
  expect(after.attempt).toMatchObject({ id: attempt.id, outcome: 'unknown' });
  expect(after.retry).toMatchObject({ count: 1, reason: 'internal-error' });
});
