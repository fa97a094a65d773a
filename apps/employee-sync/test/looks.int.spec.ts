import { randomUUID } from 'node:crypto';
import { aHumaUser, eventually } from '@huma-poweroffice/testing';
import { link, type Lane } from '@huma-poweroffice/sync-rules';
import { PersonRepository } from '../src/take-in/person-repository.js';
import { SendingWorld, type Connected } from './sending-world.js';

const world = new SendingWorld();
/** Further apart than the test takes: a place that is taken is the only one. */
const HOUR_MS = 3_600_000;
const WAITING = 1000;

beforeAll(async () => {
  world.looksEveryMs = HOUR_MS;
  await world.start();
});
afterAll(() => world.stop());

/** People whose employees are gone, each of whom is to be looked at now. */
const waitingPeople = async (connected: Connected): Promise<void> => {
  const event = { id: randomUUID(), trace: null };
  const people = Array.from({ length: WAITING }, () => randomUUID());
  const { organizationId } = connected;
  const users = people.map((userId) => ({ organizationId, userId, version: 1, user: aHumaUser(), event }));
  await world.database.transaction((tx) => new PersonRepository(world.keyring).takeIn(tx, users));
  const { lanes } = world.sending;
  await world.database.transaction(async (tx) => {
    const stored = await lanes.lock(tx, connected.id, people);
    const blocked = stored.map(({ lane }, n): Lane => {
      const employee = { employeeId: String(90_000 + n), clientId: connected.clientId, reference: 'ours' as const };
      return {
        ...link(lane, { ...employee, shown: {}, accountId: null }, {}),
        due: false,
        blocked: { reason: 'employee-gone', detail: null, waitsFor: 'employee-back' },
        looks: { count: 0, at: 1 },
      };
    });
    const toSave = blocked.map((lane) => ({ lane, held: false, class: 4 }));
    await lanes.save(tx, connected.id, toSave);
  });
};

it('a thousand looks that are due at once take one place each, and hold up no live change', async () => {
  const waiting = await world.connect();
  const live = await world.connect();
  const kari = await live.linked();
  await waitingPeople(waiting);
  const looks = async (): Promise<number> => {
    const requests = await world.powerOffice.requests();
    return requests.filter(({ clientId, path }) => clientId === waiting.clientId && path.includes('/Employees/'))
      .length;
  };
  const looked = (count: number): Promise<void> =>
    eventually(async () => {
      expect(await looks()).toBe(count);
    });
  await looked(1);
  for (let place = 2; place <= 4; place += 1) {
    await kari.edit({ givenName: `Live ${String(place)}` });
    await eventually(async () => {
      expect(await kari.employee()).toMatchObject({ FirstName: `Live ${String(place)}` });
    });
    expect(await looks()).toBe(place - 1);
    // The next place is there.
    await world.query('UPDATE looks_share SET next_at = clock_timestamp()');
    world.sending.dispatcher.wake();
    await looked(place);
  }
  const left = await world.query('SELECT 1 FROM lane WHERE connection_id = $1 AND class = 4 AND wake_at <= now()', [
    waiting.id,
  ]);
  expect(left).toHaveLength(WAITING - 4);
});

it('who reads the list of employees because somebody waits has to have a place, too', async () => {
  await world.query(`UPDATE looks_share SET next_at = clock_timestamp() + interval '1 day'`);
  const connected = await world.connect();
  const lists = async (): Promise<number> =>
    (await world.powerOffice.requests()).filter(
      ({ clientId, path }) => clientId === connected.clientId && path.includes('/Employees?'),
    ).length;
  await world.query(
    `INSERT INTO lane (connection_id, user_id, due, is_new, in_scope, blocked_reason)
     VALUES ($1, $2, false, true, true, 'email-exists')`,
    [connected.id, randomUUID()],
  );
  await world.sending.knowledge.look();
  expect(await lists()).toBe(0);
  await world.query(
    `UPDATE client_knowledge SET employees_look_at = NULL, refreshing_until = NULL WHERE connection_id = $1`,
    [connected.id],
  );
  await world.query('UPDATE looks_share SET next_at = clock_timestamp()');
  await world.sending.knowledge.look();
  expect(await lists()).toBe(1);
});

it('who waits for a privilege is reported by one of several processes, and again after hours', async () => {
  const connected = await world.connect();
  await world.query(
    `INSERT INTO lane (connection_id, user_id, due, is_new, in_scope, waits_for)
     SELECT $1, gen_random_uuid(), false, false, true, '{privilege}' FROM generate_series(1, 3)`,
    [connected.id],
  );
  await world.query(`DELETE FROM upkeep`);
  world.connector.refusals.length = 0;
  await Promise.all([world.sending.knowledge.look(), world.sending.knowledge.look()]);
  const reported = () => world.connector.refusals.filter((refusal) => refusal === 'waits-for-privilege');
  expect(reported()).toHaveLength(1);
  await world.sending.knowledge.look();
  expect(reported()).toHaveLength(1);
  await world.query('UPDATE upkeep SET next_at = clock_timestamp()');
  await world.sending.knowledge.look();
  expect(reported()).toHaveLength(2);
});
