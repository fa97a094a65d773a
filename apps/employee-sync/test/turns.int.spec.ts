import { randomBytes, randomUUID } from 'node:crypto';
import { createLogger, Database, Keyring, Notifications, Secret } from '@huma-poweroffice/platform';
import { createTestDatabase, eventually, type TestDatabase } from '@huma-poweroffice/testing';
import fc from 'fast-check';
import { migrations } from '../src/database/migrations.js';
import { LooksShare } from '../src/lanes/looks-share.js';
import { LaneRepository } from '../src/lanes/lane-repository.js';
import { MOST_DEMANDS, TurnRepository, type Demand } from '../src/lanes/turn-repository.js';

const turns = new TurnRepository();
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  const logger = createLogger('test', 'fatal');
  database = await Database.connect({ url: new Secret(test.url), migrations, migrateOnStart: true, logger });
});
beforeEach(async () => {
  await database.query('TRUNCATE lane, connection, connection_wake, turn CASCADE');
  await database.query(`UPDATE looks_share SET next_at = '-infinity'`);
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

interface Place {
  readonly connectionId: string;
  readonly organizationId: string;
}

const connect = async (organizationId: string, state = 'active'): Promise<Place> => {
  const connectionId = randomUUID();
  await database.query(
    `INSERT INTO connection (connection_id, organization_id, version, name, state, client_id, client_name, create_users,
            send_positions, abilities, mail)
     VALUES ($1, $2, 1, 'Norway', $3, 'client', 'Client', false, true, '[]', '{}')`,
    [connectionId, organizationId, state],
  );
  return { connectionId, organizationId };
};
const addLane = async (connectionId: string, wakeAt: string | null = null, laneClass = 1): Promise<string> => {
  const userId = randomUUID();
  await database.query(
    `INSERT INTO lane (connection_id, user_id, due, is_new, in_scope, class, wake_at)
     VALUES ($1, $2, true, false, true, $4, now() + $3::interval)`,
    [connectionId, userId, wakeAt, laneClass],
  );
  return userId;
};

/**
 * What a dispatcher does before it claims: notes in vain are settled until what is found is true.
 * @param held connections that a transaction changes which has not ended: what is noted there may not settle before
 */
const found = async (held: ReadonlySet<string> = new Set()): Promise<Demand[]> => {
  for (let n = 0; n < 10; n += 1) {
    const { demands, noted } = await turns.outlook(database);
    if (noted.every((connectionId) => held.has(connectionId))) return [...demands];
    await turns.settle(database, noted);
  }
  throw new Error('what is noted does not settle');
};
/** The same from the lanes themselves. */
const expected = (): Promise<(Place & Demand)[]> =>
  database.query(
    `SELECT c.connection_id AS "connectionId", c.organization_id AS "organizationId", min(l.class) AS class
       FROM lane l JOIN connection c USING (connection_id)
      WHERE c.state = 'active' AND l.wake_at <= clock_timestamp() GROUP BY 1, 2`,
  );

describe('whatever happened to lanes and connections', () => {
  const CONNECTIONS = 5;
  const LANES = 3;
  const connection = fc.nat({ max: CONNECTIONS - 1 });
  const lane = fc.nat({ max: LANES - 1 });
  const wake = fc.constantFrom<string | null>('-1 second', '-1 minute', '1 hour', '2 hours', null);
  const change = { connection, lane, wake, class: fc.nat({ max: 4 }) };
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('change' as const), ...change }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('begin' as const), ...change }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('end' as const), commits: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('state' as const), connection, active: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('resume' as const), connection }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const), connection }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('look' as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('claim' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('hour' as const) }) },
  );

  const setLane = `UPDATE lane SET class = $3, wake_at = clock_timestamp() + $4::interval
                    WHERE connection_id = $1 AND user_id = $2`;

  it('everybody who is due is found, best class first, organisations and connections by turns', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        await database.query('TRUNCATE lane, connection, connection_wake, turn CASCADE');
        const organizations = [randomUUID(), randomUUID(), randomUUID()];
        const places: Place[] = [];
        const lanes = new Map<string, string[]>();
        for (let n = 0; n < CONNECTIONS; n += 1) {
          const place = await connect(organizations[n % organizations.length] ?? '');
          places.push(place);
          const ids: string[] = [];
          for (let m = 0; m < LANES; m += 1) ids.push(await addLane(place.connectionId));
          lanes.set(place.connectionId, ids);
        }
        const served = new Map<string, number>();
        // Transactions that have not ended: of a lane, or of a connection's state.
        const open: { readonly of: string; readonly at: string; readonly end: (commits: boolean) => Promise<void> }[] =
          [];
        const begin = async (of: string, at: string, sql: string, parameters: unknown[]): Promise<void> => {
          let end: (commits: boolean) => void = () => undefined;
          const ended = new Promise<boolean>((resolve) => (end = resolve));
          let did: () => void = () => undefined;
          const done = new Promise<void>((resolve) => (did = resolve));
          const running = database
            .transaction(async (tx) => {
              await tx.query(sql, parameters);
              did();
              if (!(await ended)) throw new Error('rolled back');
            })
            .catch(() => undefined);
          await done;
          open.push({
            of,
            at,
            end: (commits) => {
              end(commits);
              return running;
            },
          });
        };
        const isHeld = (id: string): boolean => open.some(({ of }) => of === id);
        const check = async (): Promise<Demand[]> => {
          // Where a transaction has not ended, the rest of the connection may have to wait for it.
          const held = new Set(open.map(({ at }) => at));
          const demands = (await found(held)).filter(({ connectionId }) => !held.has(connectionId));
          const due = (await expected()).filter(({ connectionId }) => !held.has(connectionId));
          const order = due.sort(
            (a, b) =>
              a.class - b.class ||
              (served.get(a.organizationId) ?? 0) - (served.get(b.organizationId) ?? 0) ||
              (a.organizationId < b.organizationId ? -1 : a.organizationId > b.organizationId ? 1 : 0) ||
              (served.get(a.connectionId) ?? 0) - (served.get(b.connectionId) ?? 0) ||
              (a.connectionId < b.connectionId ? -1 : 1),
          );
          expect(demands).toEqual(order.map(({ connectionId, class: best }) => ({ connectionId, class: best })));
          return demands;
        };
        try {
          let turn = 0;
          for (const it of steps) {
            const place = 'connection' in it ? places[it.connection] : undefined;
            if ((it.kind === 'change' || it.kind === 'begin') && place) {
              const userId = lanes.get(place.connectionId)?.[it.lane] ?? '';
              const parameters = [place.connectionId, userId, it.class, it.wake];
              if (isHeld(userId)) continue;
              if (it.kind === 'change') await database.query(setLane, parameters);
              else if (open.length < 3) await begin(userId, place.connectionId, setLane, parameters);
            } else if (it.kind === 'end') {
              await open.shift()?.end(it.commits);
            } else if (it.kind === 'state' && place && !isHeld(place.connectionId)) {
              const state = it.active ? 'active' : 'paused';
              await database.query('UPDATE connection SET state = $2 WHERE connection_id = $1', [
                place.connectionId,
                state,
              ]);
            } else if (it.kind === 'resume' && place && !isHeld(place.connectionId) && open.length < 3) {
              const sql = `UPDATE connection SET state = 'active' WHERE connection_id = $1`;
              await begin(place.connectionId, place.connectionId, sql, [place.connectionId]);
            } else if (it.kind === 'settle' && place) {
              await turns.settle(database, [place.connectionId]);
            } else if (it.kind === 'hour') {
              // Time passes: nothing is written by it, so no trigger may help.
              await database.transaction(async (tx) => {
                await tx.query('SET LOCAL session_replication_role = replica');
                const held = [...open.map(({ of }) => of), randomUUID()];
                await tx.query(
                  `UPDATE lane SET wake_at = wake_at - interval '61 minutes' WHERE user_id <> ALL ($1::uuid[])`,
                  [held],
                );
                await tx.query(
                  `UPDATE connection_wake SET wake_at = wake_at - interval '61 minutes'
                    WHERE ctid = ANY (ARRAY(SELECT ctid FROM connection_wake FOR UPDATE SKIP LOCKED))`,
                );
              });
            } else if (it.kind === 'look') {
              await turns.outlook(database);
            } else if (it.kind === 'claim' && !places.some(({ connectionId }) => isHeld(connectionId))) {
              const [best] = await check();
              if (!best) continue;
              await database.query(
                `UPDATE lane SET wake_at = NULL, class = 1
                  WHERE (connection_id, user_id) = (
                    SELECT connection_id, user_id FROM lane
                     WHERE connection_id = $1 AND class = $2 AND wake_at <= clock_timestamp()
                     LIMIT 1 FOR UPDATE SKIP LOCKED)`,
                [best.connectionId, best.class],
              );
              await turns.served(database, best.connectionId);
              turn += 1;
              served.set(best.connectionId, turn);
              const organizationId = places.find(
                ({ connectionId }) => connectionId === best.connectionId,
              )?.organizationId;
              served.set(organizationId ?? '', turn);
            }
          }
          for (const transaction of open.splice(0)) await transaction.end(true);
          await check();
        } finally {
          for (const transaction of open) await transaction.end(false);
        }
      }),
      { numRuns: 100 },
    );
  });
});

it('a large organisation, and a large connection, get one turn each', async () => {
  const [large, small] = [randomUUID(), randomUUID()];
  const places = [await connect(large), await connect(large), await connect(large), await connect(small)];
  for (const { connectionId } of places) for (let n = 0; n < 20; n += 1) await addLane(connectionId, '-1 second');
  const order: string[] = [];
  for (let n = 0; n < 12; n += 1) {
    const [next] = await found();
    if (!next) throw new Error('there is nothing to do');
    order.push(places.find(({ connectionId }) => connectionId === next.connectionId)?.organizationId ?? '');
    await turns.served(database, next.connectionId);
  }
  expect(order.filter((id) => id === small)).toHaveLength(6);
  const of = await database.query('SELECT id FROM turn WHERE id = ANY ($1::uuid[])', [
    places.map((p) => p.connectionId),
  ]);
  expect(of).toHaveLength(4);
});

it('forgets the turns of those who have nothing to do, and no others', async () => {
  const [idle, busy, recent] = [await connect(randomUUID()), await connect(randomUUID()), await connect(randomUUID())];
  await addLane(busy.connectionId, '-1 second');
  for (const { connectionId } of [idle, busy, recent]) await turns.served(database, connectionId);
  await database.query(`UPDATE turn SET served_at = served_at - interval '1 hour' WHERE id <> ALL ($1::uuid[])`, [
    [recent.connectionId, recent.organizationId],
  ]);
  await turns.tidy(database);
  const left = await database.query<{ id: string }>('SELECT id FROM turn');
  const kept = [busy.connectionId, busy.organizationId, recent.connectionId, recent.organizationId];
  expect(left.map(({ id }) => id).sort()).toEqual(kept.sort());
});

it('a lane that becomes due while its connection is settled is not missed, and nobody waits', async () => {
  const { connectionId } = await connect(randomUUID());
  await addLane(connectionId, '-1 second');
  const late = await addLane(connectionId);
  await database.transaction(async (tx) => {
    await tx.query('UPDATE lane SET wake_at = now() WHERE user_id = $1', [late]);
    await database.query(`UPDATE lane SET wake_at = NULL WHERE connection_id = $1 AND user_id <> $2`, [
      connectionId,
      late,
    ]);
    await turns.settle(database, [connectionId]);
    expect((await turns.outlook(database)).demands).toEqual([]);
  });
  expect(await found()).toEqual([{ connectionId, class: 1 }]);
});

it('a lane that becomes due while its connection is being activated is not missed', async () => {
  const { connectionId } = await connect(randomUUID(), 'paused');
  const userId = await addLane(connectionId);
  await database.transaction(async (tx) => {
    await tx.query(`UPDATE connection SET state = 'active' WHERE connection_id = $1`, [connectionId]);
    await database.query('UPDATE lane SET wake_at = now() WHERE user_id = $1', [userId]);
    await turns.settle(database, [connectionId]);
  });
  expect(await found()).toEqual([{ connectionId, class: 1 }]);
});

it('who is served is noted whatever others hold', async () => {
  const { connectionId } = await connect(randomUUID());
  await addLane(connectionId, '-1 second');
  await database.transaction(async (tx) => {
    await tx.query('SELECT 1 FROM connection WHERE connection_id = $1 FOR UPDATE', [connectionId]);
    await tx.query('UPDATE lane SET due = false WHERE connection_id = $1', [connectionId]);
    await turns.served(database, connectionId);
  });
  expect(await database.query('SELECT 1 FROM turn WHERE id = $1', [connectionId])).toHaveLength(1);
});

it('connections that are not active cost nothing once they have been seen, and have their turn when they are', async () => {
  const { connectionId } = await connect(randomUUID(), 'paused');
  await addLane(connectionId, '-1 second');
  expect(await found()).toEqual([]);
  expect(await database.query('SELECT 1 FROM connection_wake')).toEqual([]);
  await database.query(`UPDATE connection SET state = 'active' WHERE connection_id = $1`, [connectionId]);
  expect(await found()).toEqual([{ connectionId, class: 1 }]);
});

it('says that nothing is planned', async () => {
  const { connectionId } = await connect(randomUUID());
  expect(await turns.outlook(database)).toMatchObject({ demands: [], nextInMs: null });
  await addLane(connectionId, '-1 second');
  expect(await turns.outlook(database)).toMatchObject({ demands: [{ connectionId, class: 1 }], nextInMs: null });
});

it('says when something is planned, and finds more than a page of those who have work', async () => {
  const organizationId = randomUUID();
  for (let n = 0; n < MOST_DEMANDS + 10; n += 1)
    await addLane((await connect(organizationId)).connectionId, '-1 second');
  await addLane((await connect(organizationId)).connectionId, '1 hour');
  const first = await turns.outlook(database);
  expect([first.demands.length, first.isPartial]).toEqual([MOST_DEMANDS, true]);
  expect(first.nextInMs).toBeGreaterThan(3_500_000);
  const rest = await turns.outlook(
    database,
    first.demands.map((demand) => demand.connectionId),
  );
  expect([rest.demands.length, rest.isPartial]).toEqual([10, false]);
});

describe('looks at what waits', () => {
  const share = () => new LooksShare(database, 3_600_000);

  it('are found only while their share has a place', async () => {
    const { connectionId } = await connect(randomUUID());
    await addLane(connectionId, '-1 second', 4);
    expect(await found()).toEqual([{ connectionId, class: 4 }]);
    const place = await share().take();
    expect(await share().take()).toBeNull();
    const none = await turns.outlook(database);
    expect(none.demands).toEqual([]);
    expect(none.nextInMs).toBeGreaterThan(3_500_000);
    if (place) await share().giveBack(place);
    expect(await found()).toHaveLength(1);
  });

  it('whoever reads page by page reserves the next place', async () => {
    expect(await share().reserve(1000)).toBe(0);
    expect(await share().reserve(1000)).toBeNull();
    expect(await share().reserve(4_000_000)).toBeGreaterThan(3_500_000);
    expect(await share().take()).toBeNull();
  });

  it('leave lanes alone that are worse than what a claim is for', async () => {
    const { connectionId } = await connect(randomUUID());
    const look = await addLane(connectionId, '-1 second', 4);
    const lanes = new LaneRepository(new Keyring(new Secret(`k:${randomBytes(32).toString('base64')}`)));
    const due = (worst: number) => database.transaction((tx) => lanes.lockDue(tx, connectionId, 10, worst));
    expect((await due(3)).lanes).toEqual([]);
    expect((await due(4)).lanes.map(({ userId }) => userId)).toEqual([look]);
  });
});

it('processes that sleep are told when something is planned earlier than all else', async () => {
  const heard: string[] = [];
  const logger = createLogger('test', 'fatal');
  const notifications = new Notifications(new Secret(test.url), 'lanes', () => heard.push('lanes'), logger);
  await notifications.start();
  try {
    const told = async (work: () => Promise<unknown>): Promise<void> => {
      const before = heard.length;
      await work();
      await eventually(() => {
        expect(heard.length).toBeGreaterThan(before);
      });
    };
    const { connectionId } = await connect(randomUUID());
    const userId = await addLane(connectionId, '1 hour');
    await database.query('DELETE FROM connection_wake');
    await told(() => turns.settle(database, [connectionId]));
    const sql = `UPDATE lane SET wake_at = now() + $2::interval WHERE user_id = $1`;
    await told(() => database.query(sql, [userId, '-1 second']));
    await database.query(`UPDATE connection SET state = 'paused'`);
    await told(() => database.query(`UPDATE connection SET state = 'active'`));
  } finally {
    await notifications.stop();
  }
});
