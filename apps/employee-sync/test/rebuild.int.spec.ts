import { randomBytes, randomUUID } from 'node:crypto';
import { createLogger, Database, Keyring, Secret } from '@huma-poweroffice/platform';
import { aHumaUser, createTestDatabase, eventually, type TestDatabase } from '@huma-poweroffice/testing';
import fc from 'fast-check';
import { migrations } from '../src/database/migrations.js';
import { Rebuild, type RebuildReport } from '../src/rebuild/rebuild.js';
import { Rebuilder } from '../src/rebuild/rebuilder.js';
import { RebuildRepository } from '../src/rebuild/rebuild-repository.js';
import type { PersonChange } from '../src/take-in/person-change.js';
import { roundsOf } from '../src/take-in/rounds.js';
import { PersonRepository, type Intake } from '../src/take-in/person-repository.js';

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
const takeIn = (...changes: PersonChange[]): Promise<Intake> =>
  database.transaction((tx) => people.takeIn(tx, changes));
/** @param slices the topic, as it is read; a change that is not alone comes with those beside it */
const rebuildOf = async (
  slices: readonly (readonly PersonChange[])[],
  {
    restored = false,
    meanwhile = () => Promise.resolve(),
  }: { restored?: boolean; meanwhile?: () => Promise<unknown> } = {},
): Promise<RebuildReport> => {
  const own = new RebuildRepository(database, keyring);
  const reading = await own.begin(restored);
  for (const slice of slices) await database.transaction((tx) => own.save(tx, reading, slice));
  await meanwhile();
  const report = await new Rebuild(database, own, people).apply(reading);
  await own.end(reading);
  return report;
};
const rebuild = (...topic: PersonChange[]): Promise<RebuildReport> => rebuildOf([topic]);
const known = async (userId: string): Promise<unknown> => {
  const [row] = await database.query('SELECT version, state, email FROM person WHERE user_id = $1', [userId]);
  return row;
};
const due = async (): Promise<string[]> =>
  (await database.query<{ userId: string }>('SELECT user_id AS "userId" FROM lane WHERE due ORDER BY 1')).map(
    (row) => row.userId,
  );

const connect = (): Promise<unknown> =>
  database.query(
    `INSERT INTO connection (connection_id, organization_id, version, name, state, client_id, client_name, create_users,
            send_positions, abilities, mail, activated_at)
     VALUES ($1, $2, 1, 'Norway', 'active', 'client', 'Company', true, true, '[]', '{}', now())`,
    [randomUUID(), organizationId],
  );
const rest = (): Promise<unknown> => database.query('UPDATE lane SET due = false, wake_at = NULL, is_new = false');
const five = (): [string, string, string, string, string] => [0, 1, 2, 3, 4].map(() => randomUUID()) as never;
const clean = async (): Promise<void> => {
  for (const table of ['lane', 'connection', 'person', 'person_rebuild']) await database.query(`DELETE FROM ${table}`);
  await connect();
};
beforeEach(clean);

it('takes in what is newer or was lost, and of the rest only says that it is lower', async () => {
  const [same, lower, deleted, gone, added] = five();
  const [one, two] = [aHumaUser(), aHumaUser()];
  await takeIn(change(same, 4, one), change(lower, 9, two), change(deleted, 3, null), change(gone, 1, aHumaUser()));
  await rest();

  const report = await rebuild(
    // The topic is not compacted yet: an older state comes before the newest.
    change(same, 1, { ...one, phone: null }),
    change(same, 4, one),
    change(lower, 5, { ...two, email: 'older@example.com' }),
    change(deleted, 2, aHumaUser()),
    change(added, 1, aHumaUser()),
  );

  expect(report).toEqual({
    people: 4,
    changed: 1,
    missing: 1,
    lower: 1,
    deleted: 1,
    foreign: 0,
    meanwhile: 0,
    unreadable: 0,
    examples: expect.arrayContaining([lower, deleted]) as unknown,
  });
  expect(await known(lower)).toMatchObject({ version: '9', state: 'active' });
  expect(await known(deleted)).toMatchObject({ version: '3', state: 'deleted' });
  expect(await known(gone)).toMatchObject({ version: '1', state: 'active' });
  expect(await due()).toEqual([added]);
  // A rebuild creates nobody.
  expect(await database.query('SELECT 1 FROM lane WHERE is_new')).toEqual([]);
});

const history = fc
  .record({
    versions: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
    end: fc.constantFrom<'none' | 'deleted' | 'tombstone'>('none', 'deleted', 'tombstone'),
  })
  .map(({ versions, end }) => {
    const userId = randomUUID();
    const records = versions
      .sort((a, b) => a - b)
      .map((version) => change(userId, version, aHumaUser({ givenName: `V${String(version)}` })));
    const tombstone: PersonChange = { ...change(userId, 0, null), organizationId: null, version: null };
    if (end === 'deleted') records.push(change(userId, 10, null));
    if (end === 'tombstone') records.push(tombstone);
    return records;
  });
const histories = fc.array(history, { minLength: 1, maxLength: 3 }).map((parts) => parts.flat());
/** All of the records at least once, in any order, some of them again, in slices of any size. */
const anySlices = (records: readonly PersonChange[]) =>
  fc
    .tuple(
      fc.shuffledSubarray([...records], { minLength: records.length }),
      fc.array(fc.constantFrom(...records), { maxLength: 4 }),
      fc.integer({ min: 1, max: 6 }),
    )
    .map(([all, again, size]) => slicesOf([...all, ...again], size));
const slicesOf = (records: readonly PersonChange[], size: number): PersonChange[][] =>
  Array.from({ length: Math.ceil(records.length / size) }, (_, n) => records.slice(n * size, (n + 1) * size));
const takeInSlices = async (slices: readonly (readonly PersonChange[])[]): Promise<void> => {
  for (const slice of slices) for (const round of roundsOf(slice)) await takeIn(...round);
};
const everybody = (): Promise<unknown[]> =>
  database.query(`SELECT user_id, organization_id, version, state, email, groups, profile,
         (SELECT count(*)::int FROM lane l WHERE l.user_id = p.user_id AND l.in_scope) AS lanes
    FROM person p ORDER BY user_id`);

it('a rebuild of what was taken in, in any order and with any duplicates, changes nothing, sends nothing, revives nobody', async () => {
  const cases = histories.chain((records) => fc.tuple(fc.constant(records), anySlices(records)));
  await fc.assert(
    fc.asyncProperty(cases, async ([records, topic]) => {
      await clean();
      await takeInSlices([records]);
      await rest();
      const before = await everybody();
      expect(await rebuildOf(topic)).toMatchObject({ changed: 0, lower: 0, deleted: 0 });
      expect(await everybody()).toEqual(before);
      expect(await due()).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

it("a person's records end equal, whatever their order, duplicates and slices", async () => {
  const cases = histories.chain((records) => fc.tuple(fc.constant(records), anySlices(records), anySlices(records)));
  await fc.assert(
    fc.asyncProperty(cases, async ([records, some, others]) => {
      await clean();
      await takeInSlices([records]);
      const inOrder = await everybody();
      for (const slices of [some, others]) {
        await clean();
        await takeInSlices(slices);
        expect(await everybody()).toEqual(inOrder);
      }
      // What was lost comes back the same by a rebuild.
      await clean();
      await rebuildOf(some);
      expect(await everybody()).toEqual(inOrder);
    }),
    { numRuns: 60 },
  );
});

it('a version that is taken in while a rebuild has read an older one stays', async () => {
  const [kari] = five();
  const at = (version: number) => change(kari, version, aHumaUser({ givenName: `V${String(version)}` }));
  await takeIn(at(5));
  const report = await rebuildOf([[at(6)]], { meanwhile: () => takeIn(at(7)) });
  expect(report).toMatchObject({ changed: 0, lower: 1 });
  expect(await known(kari)).toMatchObject({ version: '7' });
});

it('a person who cannot be opened does not end a rebuild, and is repaired by it', async () => {
  const [broken, other] = five();
  const [one, two] = [aHumaUser(), aHumaUser()];
  await takeIn(change(broken, 2, one), change(other, 1, two));
  await database.query("UPDATE person SET sensitive = '\\x00' WHERE user_id = $1", [broken]);
  expect(await rebuild(change(broken, 2, one), change(other, 2, two))).toMatchObject({ changed: 2, unreadable: 1 });
  expect(await rebuild(change(broken, 2, one), change(other, 2, two))).toMatchObject({ changed: 0, unreadable: 0 });
});

it('events of another organisation are counted, and hide nothing', async () => {
  const [kari] = five();
  const [mine, foreign] = [
    change(kari, 5, aHumaUser()),
    { ...change(kari, 9, aHumaUser()), organizationId: randomUUID() },
  ];
  await takeIn(change(kari, 4, aHumaUser()));
  expect(await rebuild(foreign, mine)).toMatchObject({ changed: 1, foreign: 1 });
  expect(await known(kari)).toMatchObject({ version: '5' });
});

describe('after a restore of Huma that an operator has declared', () => {
  it('the highest of its records counts, lower than what is known, a deletion or not', async () => {
    const [back, alive, deleted, twice, gone] = five();
    const user = () => aHumaUser();
    await takeIn(...[back, alive, twice, gone].map((id) => change(id, 9, user())), change(deleted, 3, null));
    await takeIn(change(alive, 10, null));
    const tombstone: PersonChange = { ...change(gone, 0, null), organizationId: null, version: null };
    const report = await rebuildOf(
      [
        [change(back, 5, user()), change(alive, 4, null), change(deleted, 2, user()), change(twice, 7, user())],
        [
          change(back, 6, user()),
          change(alive, 5, user()),
          change(twice, 6, user()),
          change(gone, 4, user()),
          tombstone,
        ],
      ],
      { restored: true },
    );
    expect(report).toMatchObject({ people: 5, changed: 5, lower: 0, deleted: 0, meanwhile: 0 });
    expect(await known(back)).toMatchObject({ version: '6', state: 'active' });
    expect(await known(alive)).toMatchObject({ version: '5', state: 'active' });
    expect(await known(deleted)).toMatchObject({ version: '2', state: 'active' });
    expect(await known(twice)).toMatchObject({ version: '7' });
    expect(await known(gone)).toMatchObject({ state: 'deleted' });
  });

  it('somebody who was taken in meanwhile is left for the next pass', async () => {
    const [kari] = five();
    const at = (version: number) => change(kari, version, aHumaUser());
    await takeIn(at(9));
    const said = [[at(5)]];
    expect(await rebuildOf(said, { restored: true, meanwhile: () => takeIn(at(10)) })).toMatchObject({ meanwhile: 1 });
    expect(await known(kari)).toMatchObject({ version: '10' });
    expect(await rebuildOf(said, { restored: true })).toMatchObject({ changed: 1, meanwhile: 0 });
    expect(await known(kari)).toMatchObject({ version: '5' });
  });
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
