import { randomBytes, randomUUID } from 'node:crypto';
import { createLogger, Database, Keyring, Secret } from '@huma-poweroffice/platform';
import { aHumaUser, createTestDatabase, type TestDatabase } from '@huma-poweroffice/testing';
import { migrations } from '../src/database/migrations.js';
import type { PersonChange } from '../src/take-in/person-change.js';
import { PersonRepository, type Intake } from '../src/take-in/person-repository.js';

const keyring = new Keyring(new Secret(`k:${randomBytes(32).toString('base64')}`));
const people = new PersonRepository(keyring);
let test: TestDatabase;
let database: Database;
let org: string;

beforeAll(async () => {
  test = await createTestDatabase();
  database = await Database.connect({
    url: new Secret(test.url),
    migrations,
    migrateOnStart: true,
    logger: createLogger('test', 'fatal'),
  });
});
beforeEach(() => {
  org = randomUUID();
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const event = { id: 'event', trace: null };
interface LaneRow {
  due: boolean;
  is_new: boolean;
  in_scope: boolean;
  awake: boolean;
}
const intakeOf = (...changes: PersonChange[]): Promise<Intake> =>
  database.transaction((tx) => people.takeIn(tx, changes));
const takeIn = async (...changes: PersonChange[]): Promise<number> => (await intakeOf(...changes)).taken;
const someone = (
  version: number,
  change: Partial<ReturnType<typeof aHumaUser>> = {},
  userId: string = randomUUID(),
): PersonChange & { version: number } => ({
  userId,
  organizationId: org,
  version,
  user: aHumaUser(change),
  event,
});
const connect = async (change: { group?: string; createUsers?: boolean; active?: boolean } = {}): Promise<string> => {
  const id = randomUUID();
  const { group = null, createUsers = true, active = true } = change;
  await database.query(
    `INSERT INTO connection (connection_id, organization_id, version, name, state, group_id, client_id, client_name,
            create_users, send_positions, abilities, mail, activated_at)
     VALUES ($1, $2, 1, 'Norway', $3, $4, 'client', 'Company', $5, true, '[]', '{}', $6)`,
    [id, org, active ? 'active' : 'draft', group, createUsers, active ? new Date() : null],
  );
  return id;
};
const lane = async (connectionId: string, userId: string): Promise<LaneRow | undefined> =>
  (
    await database.query<LaneRow>(
      'SELECT due, is_new, in_scope, wake_at <= now() AS awake FROM lane WHERE connection_id = $1 AND user_id = $2',
      [connectionId, userId],
    )
  )[0];
/** @param linked whether each lane is linked to an employee of its own */
const rest = (linked = false): Promise<unknown> =>
  database.query(
    `UPDATE lane SET due = false, is_new = false, wake_at = NULL,
            linked_employee = CASE WHEN $1 THEN hashtext(user_id::text) END`,
    [linked],
  );
const stateOf = async (userId: string): Promise<unknown> =>
  (await database.query('SELECT version, state FROM person WHERE user_id = $1', [userId]))[0];

describe('taking in', () => {
  it('makes a lane due, and new, for somebody who comes after activation while the setting is on', async () => {
    const [on, off, draft] = [await connect(), await connect({ createUsers: false }), await connect({ active: false })];
    const person = someone(1);
    expect(await takeIn(person)).toBe(1);
    expect(await lane(on, person.userId)).toEqual({ due: true, is_new: true, in_scope: true, awake: true });
    expect(await lane(off, person.userId)).toMatchObject({ due: true, is_new: false });
    expect(await lane(draft, person.userId)).toMatchObject({ due: true, is_new: false });
  });

  it('ignores versions that are not newer, and leaves lanes at rest', async () => {
    const connection = await connect();
    const person = someone(5);
    await takeIn(person);
    await rest(true);
    expect(await takeIn({ ...person, version: 5 })).toBe(0);
    expect(await takeIn({ ...person, version: 4 })).toBe(0);
    expect(await lane(connection, person.userId)).toMatchObject({ due: false });
    expect(await takeIn({ ...person, version: 6 })).toBe(1);
    expect(await lane(connection, person.userId)).toMatchObject({ due: true, is_new: false, awake: true });
  });

  it('wakes nobody for whom nothing can be sent before a run', async () => {
    const connection = await connect({ createUsers: false });
    const person = someone(1);
    await takeIn(person);
    await takeIn({ ...person, version: 2 });
    expect(await lane(connection, person.userId)).toMatchObject({ due: true, is_new: false, awake: null });
  });

  it('wakes nobody earlier than a retry may be', async () => {
    const connection = await connect();
    const person = someone(1);
    await takeIn(person);
    const wakesLater = "UPDATE lane SET wake_at = now() + interval '1 minute', retrying = $2 WHERE connection_id = $1";
    await database.query(wakesLater, [connection, true]);
    await takeIn({ ...person, version: 2 });
    expect(await lane(connection, person.userId)).toMatchObject({ due: true, awake: false });
    // A look that was planned for later holds back nothing.
    await database.query(wakesLater, [connection, false]);
    await takeIn({ ...person, version: 3 });
    expect(await lane(connection, person.userId)).toMatchObject({ due: true, awake: true });
  });

  it('follows people in and out of the group', async () => {
    const group = randomUUID();
    const connection = await connect({ group });
    const person = someone(1);
    await takeIn(person);
    expect(await lane(connection, person.userId)).toBeUndefined();
    await takeIn(someone(2, { teams: [group] }, person.userId));
    expect(await lane(connection, person.userId)).toMatchObject({ is_new: true, in_scope: true });
    await rest();
    await takeIn(someone(3, {}, person.userId));
    expect(await lane(connection, person.userId)).toMatchObject({ due: true, is_new: false, in_scope: false });
    await takeIn(someone(4, { locations: [group] }, person.userId));
    expect(await lane(connection, person.userId)).toMatchObject({ is_new: true, in_scope: true });
  });

  it('keeps a deletion for ever, by event or by tombstone', async () => {
    const connection = await connect();
    const [one, two] = [someone(1), someone(1)];
    await takeIn(one, two);
    await takeIn(
      { ...one, version: 2, user: null, event },
      { userId: two.userId, organizationId: null, version: null, user: null, event },
    );
    expect(await takeIn({ ...one, version: 9 }, { ...two, version: 9 })).toBe(0);
    // The highest version stays remembered.
    expect(await stateOf(one.userId)).toEqual({ version: '9', state: 'deleted' });
    expect(await stateOf(two.userId)).toEqual({ version: '9', state: 'deleted' });
    expect(await lane(connection, one.userId)).toMatchObject({ due: true, in_scope: false });
  });

  it('never lets an event move somebody to another organisation, and says so', async () => {
    const person = someone(1);
    await takeIn(person);
    expect(await intakeOf({ ...person, organizationId: randomUUID(), version: 2 })).toMatchObject({
      taken: 0,
      lower: 0,
      foreign: 1,
    });
    expect(await intakeOf({ ...person, version: 0 })).toMatchObject({ taken: 0, lower: 1, foreign: 0 });
  });

  it('remembers the deletion of somebody who was never taken in', async () => {
    const connection = await connect();
    const person = someone(1);
    expect(await takeIn({ ...person, organizationId: null, version: null, user: null })).toBe(1);
    expect(await takeIn(person)).toBe(0);
    expect(await stateOf(person.userId)).toEqual({ version: '1', state: 'deleted' });
    expect(await lane(connection, person.userId)).toBeUndefined();
  });

  it('touches no lane of a disconnected connection, or of a group that was left long ago', async () => {
    const group = randomUUID();
    const [gone, left, here] = [await connect(), await connect({ group }), await connect()];
    const person = someone(1, { teams: [group] });
    await takeIn(person);
    await takeIn(someone(2, {}, person.userId));
    await rest(true);
    await database.query("UPDATE connection SET state = 'disconnected' WHERE connection_id = $1", [gone]);
    await takeIn(someone(3, {}, person.userId));
    expect(await lane(gone, person.userId)).toMatchObject({ due: false, awake: null });
    expect(await lane(left, person.userId)).toMatchObject({ due: false, awake: null, in_scope: false });
    expect(await lane(here, person.userId)).toMatchObject({ due: true, awake: true });
    await takeIn({ ...person, version: 4, user: null });
    expect(await lane(gone, person.userId)).toMatchObject({ due: false, awake: null });
    expect(await lane(here, person.userId)).toMatchObject({ due: true, in_scope: false });
  });

  it('takes whoever was in the topic at its first reading for known to connections that were active then', async () => {
    const connection = await connect();
    const [before, after] = [someone(1), someone(1)];
    const backlogAt = new Date(Date.now() + 60_000);
    await takeIn({ ...before, backlogAt }, { ...after, backlogAt: null });
    expect(await lane(connection, before.userId)).toEqual({ due: true, is_new: false, in_scope: true, awake: null });
    expect(await lane(connection, after.userId)).toMatchObject({ is_new: true, awake: true });
    const earlier = someone(1);
    await takeIn({ ...earlier, backlogAt: new Date(0) });
    expect(await lane(connection, earlier.userId)).toMatchObject({ is_new: true });
  });

  it('keeps national ids and bank accounts only sealed', async () => {
    const person = someone(1);
    await takeIn(person);
    const [row] = await database.query<{ text: string; sensitive: Buffer }>(
      'SELECT person::text AS text, sensitive FROM person WHERE user_id = $1',
      [person.userId],
    );
    expect(row!.text).not.toContain(person.user?.bankAccount?.number);
    const opened = JSON.parse(keyring.open(row!.sensitive, `person:${person.userId}`).toString()) as Record<
      string,
      unknown
    >;
    expect(opened).toEqual({ identifications: person.user?.identifications, bankAccount: person.user?.bankAccount });
  });

  it('has migrations that undo themselves', async () => {
    for (const _ of migrations) await database.revertLast();
    const left =
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'migrations'";
    expect(await database.query(left)).toEqual([]);
    await database.migrate();
  });
});
