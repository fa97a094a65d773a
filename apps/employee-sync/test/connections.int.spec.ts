import { randomBytes, randomUUID } from 'node:crypto';
import { supportedFields, type ConnectionChanged } from '@huma-poweroffice/contracts';
import { createLogger, Database, Keyring, Secret } from '@huma-poweroffice/platform';
import { aHumaUser, createTestDatabase, eventually, type TestDatabase } from '@huma-poweroffice/testing';
import { migrations } from '../src/database/migrations.js';
import { ConnectionRepository, type ConnectionIntake } from '../src/take-in/connection-repository.js';
import { PersonRepository } from '../src/take-in/person-repository.js';

const people = new PersonRepository(new Keyring(new Secret(`k:${randomBytes(32).toString('base64')}`)));
const connections = new ConnectionRepository();
let test: TestDatabase;
let database: Database;
let organizationId: string;

beforeAll(async () => {
  test = await createTestDatabase();
  const logger = createLogger('test', 'fatal');
  database = await Database.connect({ url: new Secret(test.url), migrations, migrateOnStart: true, logger });
});
beforeEach(() => {
  organizationId = randomUUID();
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const aConnection = (change: Partial<ConnectionChanged> = {}): ConnectionChanged => ({
  connectionId: randomUUID(),
  organizationId,
  version: 1,
  occurredAt: '2026-11-25T09:30:00.000Z',
  name: 'Norway',
  state: 'active',
  pauseReason: null,
  group: null,
  client: { id: 'client', name: 'Company' },
  settings: { createUsers: true, sendPositions: true, mail: { recipients: [], language: 'en' } },
  abilities: supportedFields.map((field) => ({ field, write: 'yes', compare: 'yes' })),
  activatedAt: '2026-11-25T09:30:00.000Z',
  ...change,
});
const save = (connection: ConnectionChanged): Promise<ConnectionIntake> =>
  database.transaction((tx) => connections.takeIn(tx, connection));
const someone = async (teams: string[] = [], userId: string = randomUUID(), version = 1): Promise<string> => {
  const event = { id: 'event', trace: null };
  const change = { userId, organizationId, version, user: aHumaUser({ teams }), event };
  await database.transaction((tx) => people.takeIn(tx, [change]));
  return userId;
};
/** The lanes of a connection, with the transaction that has written each last. */
const lanes = (connectionId: string) =>
  database.query<{ user: string; xmin: string; awake: boolean; due: boolean; inScope: boolean; isNew: boolean }>(
    `SELECT user_id AS "user", xmin::text, wake_at IS NOT NULL AS awake, due, in_scope AS "inScope", is_new AS "isNew"
       FROM lane WHERE connection_id = $1 ORDER BY user_id`,
    [connectionId],
  );
const rest = (): Promise<unknown> =>
  database.query(
    'UPDATE lane SET due = false, wake_at = NULL, is_new = false, linked_employee = hashtext(user_id::text)',
  );

describe('a change of a connection', () => {
  it('writes no lane when it does not change who is covered', async () => {
    const connection = aConnection();
    await save(connection);
    await someone();
    await rest();
    const before = await lanes(connection.connectionId);
    expect(await save({ ...connection, version: 2, name: 'Sweden', state: 'paused' })).toBe('taken');
    expect(await lanes(connection.connectionId)).toEqual(before);
  });

  it('of the group wakes those who leave and enter, and nobody else', async () => {
    const [old, next] = [randomUUID(), randomUUID()];
    const connection = aConnection({ group: { type: 'team', id: old } });
    await save(connection);
    const [stays, leaves, enters] = [await someone([old, next]), await someone([old]), await someone([next])];
    await rest();
    const [before] = (await lanes(connection.connectionId)).filter((lane) => lane.user === stays);
    await save({ ...connection, version: 2, group: { type: 'team', id: next } });
    const after = await lanes(connection.connectionId);
    expect(after.find((lane) => lane.user === stays)).toEqual(before);
    // It becomes due, so that the lane publishes `locked`.
    expect(after.find((lane) => lane.user === leaves)).toMatchObject({ due: true, awake: true, inScope: false });
    // Groups enter nobody as new: they wait for Synchronize users.
    expect(after.find((lane) => lane.user === enters)).toMatchObject({ inScope: true, isNew: false, awake: false });
  });

  it('to disconnected puts its lanes to rest for good', async () => {
    const connection = aConnection();
    await save(connection);
    const user = await someone();
    expect(await lanes(connection.connectionId)).toMatchObject([{ awake: true }]);
    await save({ ...connection, version: 2, state: 'disconnected' });
    const before = await lanes(connection.connectionId);
    expect(before).toMatchObject([{ awake: false, due: false }]);
    await someone([], user, 2);
    expect(await lanes(connection.connectionId)).toEqual(before);
  });

  it('is ignored without a higher version, and is told from a replay by when it was said', async () => {
    const connection = aConnection({ version: 4 });
    await save(connection);
    expect(await save(connection)).toBe('old');
    expect(await save({ ...connection, version: 3, occurredAt: '2026-11-24T09:30:00.000Z' })).toBe('old');
    const later = { ...connection, state: 'paused', occurredAt: '2026-11-26T09:30:00.000Z' } as const;
    expect(await save({ ...later, version: 3 })).toBe('went-back');
    expect(await save({ ...later, version: 4 })).toBe('went-back');
    expect(await database.query('SELECT state FROM connection WHERE organization_id = $1', [organizationId])).toEqual([
      { state: 'active' },
    ]);
    expect(await save({ ...later, version: 5 })).toBe('taken');
  });

  it('keeps only people of its own organisation from being taken in', async () => {
    const mine = organizationId;
    let release = (): void => undefined;
    const held = new Promise<void>((done) => (release = done));
    let locked = (): void => undefined;
    const lockedNow = new Promise<void>((done) => (locked = done));
    const changing = database.transaction(async (tx) => {
      await connections.takeIn(tx, aConnection());
      locked();
      await held;
    });
    await lockedNow;
    // Two organisations may share a stripe of the lock; eight do not all share it.
    const others = Array.from({ length: 8 }, async () => {
      organizationId = randomUUID();
      await someone();
    });
    await Promise.any(others);
    organizationId = mine;
    const own = someone();
    await eventually(async () => {
      const waiting = await database.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
      expect(waiting.length).toBeGreaterThan(0);
    });
    release();
    await Promise.all([changing, own, ...others]);
  });
});
