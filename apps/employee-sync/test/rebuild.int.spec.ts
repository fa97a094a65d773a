import { randomBytes, randomUUID } from 'node:crypto';
import { createLogger, Database, Keyring, Secret } from '@huma-poweroffice/platform';
import { aHumaUser, createTestDatabase, eventually, type TestDatabase } from '@huma-poweroffice/testing';
import { migrations } from '../src/database/migrations.js';
import { Rebuild, type RebuildReport } from '../src/rebuild/rebuild.js';
import { Rebuilder } from '../src/rebuild/rebuilder.js';
import { RebuildRepository } from '../src/rebuild/rebuild-repository.js';
import type { PersonChange } from '../src/take-in/newest.js';
import { PersonRepository } from '../src/take-in/person-repository.js';

const keyring = new Keyring(new Secret(`k:${randomBytes(32).toString('base64')}`));
const people = new PersonRepository(keyring);
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  const logger = createLogger('test', 'fatal');
  database = await Database.connect({ url: new Secret(test.url), migrations, migrateOnStart: true, logger });
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const organizationId = randomUUID();
const change = (userId: string, version: number, user: PersonChange['user']): PersonChange => ({
  userId,
  organizationId,
  version,
  user,
  event: { id: randomUUID(), trace: null },
});
const takeIn = (...changes: PersonChange[]): Promise<number> =>
  database.transaction((tx) => people.takeIn(tx, changes));
const rebuild = (...topic: PersonChange[]): Promise<RebuildReport> => {
  const repository = new RebuildRepository(database, keyring);
  return new Rebuild(database, repository, people).run(() => database.transaction((tx) => repository.save(tx, topic)));
};
const known = async (userId: string): Promise<unknown> => {
  const [row] = await database.query('SELECT version, state, email FROM person WHERE user_id = $1', [userId]);
  return row;
};
const due = async (): Promise<string[]> =>
  (await database.query<{ userId: string }>('SELECT user_id AS "userId" FROM lane WHERE due ORDER BY 1')).map(
    (row) => row.userId,
  );

it('makes the read model what the topic says, and only lanes due of whom it says something else', async () => {
  await database.query(
    `INSERT INTO connection (connection_id, organization_id, version, name, state, client_id, client_name, create_users,
            send_positions, abilities, mail, activated_at)
     VALUES ($1, $2, 1, 'Norway', 'active', 'client', 'Company', true, true, '[]', '{}', now())`,
    [randomUUID(), organizationId],
  );
  const [same, restored, deleted, gone, added] = [0, 1, 2, 3, 4].map(() => randomUUID()) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const users = [0, 1, 2, 3, 4].map(() => aHumaUser());
  const [one, two, three, four, five] = users as [PersonChange['user'] & object, ...(PersonChange['user'] & object)[]];
  await takeIn(change(same, 4, one), change(restored, 9, two!), change(deleted, 3, null), change(gone, 1, four!));
  await database.query('UPDATE lane SET due = false, wake_at = NULL, is_new = false');

  const report = await rebuild(
    // The topic is not compacted yet: an older state comes before the newest.
    change(same, 1, { ...one, phone: null }),
    change(same, 4, one),
    change(restored, 5, { ...two!, email: 'older@example.com' }),
    change(deleted, 2, three!),
    change(added, 1, five!),
  );

  expect(report).toEqual({ people: 4, changed: 3, missing: 1 });
  expect(await known(restored)).toEqual({ version: '5', state: 'active', email: 'older@example.com' });
  expect(await known(deleted)).toMatchObject({ version: '2', state: 'active' });
  expect(await known(gone)).toMatchObject({ version: '1', state: 'active' });
  expect(await due()).toEqual([restored, deleted, added].sort());
  const lanes = await database.query('SELECT user_id FROM lane WHERE is_new AND user_id <> ALL ($1::uuid[])', [
    [deleted, added],
  ]);
  expect(lanes).toEqual([]);

  await database.query('UPDATE lane SET due = false, wake_at = NULL');
  expect(await rebuild(change(same, 4, one))).toMatchObject({ changed: 0 });
  expect(await due()).toEqual([]);
});

it('a rebuild that a gap asks for is carried out once, and again when it fails', async () => {
  let [tries, fails] = [0, 1];
  const rebuilder = (): Rebuilder =>
    new Rebuilder(
      database,
      async () => {
        tries += 1;
        if (fails-- > 0) throw new Error('the brokers are away');
      },
      createLogger('test', 'silent'),
    );
  const [one, other] = [rebuilder(), rebuilder()];
  one.look();
  await one.stop();
  expect(tries).toBe(0);
  await database.transaction((tx) => Rebuilder.request(tx));
  await database.transaction((tx) => Rebuilder.request(tx));
  one.look();
  other.look();
  await eventually(async () => {
    one.look();
    expect(await database.query('SELECT 1 FROM rebuild_request')).toEqual([]);
  });
  expect(tries).toBe(2);
  await Promise.all([one.stop(), other.stop()]);
});
