import { randomBytes, randomUUID } from 'node:crypto';
import {
  supportedFields,
  topics,
  type HumaUserMessage,
  type TopicKey,
  type UserChanged,
} from '@huma-poweroffice/contracts';
import { readRecord, SliceRunner, type RawRecord } from '@huma-poweroffice/messaging';
import { createLogger, Database, Keyring, Secret } from '@huma-poweroffice/platform';
import { aHumaUser, aUserChanged, createTestDatabase, type TestDatabase } from '@huma-poweroffice/testing';
import fc from 'fast-check';
import { migrations } from '../src/database/migrations.js';
import { openPerson } from '../src/lanes/person-codec.js';
import { CommandRepository } from '../src/take-in/command-repository.js';
import { ConnectionRepository } from '../src/take-in/connection-repository.js';
import { PersonRepository } from '../src/take-in/person-repository.js';
import { TakeIn } from '../src/take-in/take-in.js';

const keyring = new Keyring(new Secret(`k:${randomBytes(32).toString('base64')}`));
const logger = createLogger('test', 'silent');
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  database = await Database.connect({ url: new Secret(test.url), migrations, migrateOnStart: true, logger });
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

let offset = 0;
const recordOf = (key: string, value: unknown, type: string, headers: Record<string, string> = {}): RawRecord => ({
  offset: String(offset++),
  timestamp: '0',
  key: Buffer.from(key),
  value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  headers: { ce_id: randomUUID(), ce_type: type, ...headers },
});
const updated = 'huma.user.updated.v1';

/** Takes records in as the consumer does. @returns what was put aside, and in how many transactions all was done */
const run = async (topic: TopicKey, records: readonly RawRecord[]) => {
  const takeIn = new TakeIn(
    new PersonRepository(keyring),
    new ConnectionRepository(),
    new CommandRepository(),
    keyring,
    logger,
  );
  let transactions = 0;
  const runner = new SliceRunner(
    {
      transaction: (work) => {
        transactions += 1;
        return database.transaction(work);
      },
    },
    { handle: (slice, tx) => takeIn.handle(slice, tx), putAside: (...args) => takeIn.putAside(...args) },
    async () => ({ backlog: null }),
    logger,
  );
  await runner.run({ topic, topicName: topic, partition: 0, records }, '0', async () => undefined);
  const aside = new Map(
    (
      await database.query<{ offset: string; code: string; detail: string }>(
        `DELETE FROM outbox WHERE topic = $1
         RETURNING convert_from(value, 'UTF8')::jsonb->>'offset' AS "offset",
                   convert_from(value, 'UTF8')::jsonb->'reason'->>'code' AS code,
                   convert_from(value, 'UTF8')::jsonb->'reason'->>'detail' AS detail`,
        [topics.unreadable.name],
      )
    ).map((row) => [row.offset, { code: row.code, detail: row.detail }]),
  );
  return { aside, transactions };
};

const stored = async (userId: string): Promise<HumaUserMessage | null> => {
  const [row] = await database.query<{ userId: string; profile: object; sensitive: Buffer | null }>(
    'SELECT user_id AS "userId", profile, sensitive FROM person WHERE user_id = $1',
    [userId],
  );
  return row ? openPerson(row.userId, row.profile, row.sensitive, keyring) : null;
};

/** Any sixteen bits in a row: control characters, lone surrogates, decomposed letters. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
  fc.string({ unit: fc.constantFrom('\u0000', '\ud800', '\udc00', 'a', '\u030a', '\t', '\\', '"', '{', ',') }),
);
const anyId = fc.tuple(fc.uuid(), fc.nat(4)).map(([id, spelling]) => {
  const spellings = [id, id.toUpperCase(), `urn:uuid:${id}`, `{${id}}`, `${id}x`];
  return spellings[spelling] ?? id;
});
const orJson = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: value, weight: 30 }, { arbitrary: fc.jsonValue(), weight: 1 });
const optional = fc.option(anyText);
const anyUser = fc.record(
  {
    givenName: orJson(anyText),
    familyName: orJson(anyText),
    email: orJson(anyText),
    phone: orJson(optional),
    birthDate: orJson(optional),
    gender: orJson(optional),
    homeAddress: orJson(
      fc.option(fc.record({ line1: optional, city: optional, country: optional, planet: fc.jsonValue() })),
    ),
    bankAccount: orJson(fc.option(fc.record({ type: anyText, number: optional, iban: optional }))),
    employmentId: orJson(optional),
    identifications: orJson(
      fc.option(
        fc.array(fc.record({ id: anyText, type: anyText, country: anyText, value: anyText }), { maxLength: 3 }),
      ),
    ),
    companies: orJson(fc.array(anyId, { maxLength: 3 })),
    locations: fc.array(fc.uuid(), { maxLength: 2 }),
    teams: fc.array(fc.uuid(), { maxLength: 2 }),
    active: orJson(fc.boolean()),
    more: fc.jsonValue(),
  },
  { requiredKeys: ['givenName', 'familyName', 'email', 'companies', 'locations', 'teams', 'active'] },
);
const anyVersion = fc.constantFrom(
  '0',
  '1',
  '7.0',
  '7e0',
  '9007199254740991',
  '9007199254740992',
  '7.00000000000000001',
  '1e300',
);

it('any user that the contract takes is stored and comes out equal; any other is put aside with a reason', async () => {
  const message = fc.record({
    user: fc.oneof({ arbitrary: anyUser, weight: 9 }, { arbitrary: fc.constant(null), weight: 1 }),
    version: anyVersion,
    text: anyText,
  });
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 20 }), async (messages) => {
      const records = messages.map(({ user, version, text }) => {
        const userId = randomUUID();
        const value = JSON.stringify({ ...aUserChanged({ userId }), user, version: 4711 }).replace(
          '"version":4711',
          `"version":${version}`,
        );
        return recordOf(userId, value, updated, { ce_id: `id ${text}`, traceparent: text, ce_source: text });
      });
      const { aside } = await run('users', records);
      for (const record of records) {
        const read = readRecord('users', record);
        expect(aside.get(record.offset)).toEqual(read.ok ? undefined : read.reason);
        if (!read.ok || !read.event) continue;
        const { userId, user } = read.event.value as UserChanged;
        expect(await stored(userId)).toEqual(user);
        taken += 1;
      }
    }),
    { numRuns: 60 },
  );
  expect(taken).toBeGreaterThan(100);
});

it('any command and any connection that the contract takes is handled', async () => {
  const message = fc.record({
    text: anyText,
    date: optional,
    state: fc.constantFrom('active', 'disconnected'),
    reason: optional,
  });
  await fc.assert(
    fc.asyncProperty(message, async ({ text, date, state, reason }) => {
      const [userId, connectionId, organizationId] = [randomUUID(), randomUUID(), randomUUID()];
      const commands = [
        recordOf(
          userId,
          { organizationId, userId, connectionId: null, requestedAt: '2026-11-25T09:30:00Z', requestedBy: text },
          'poweroffice.command.retry.v1',
          { ce_id: `id ${text}` },
        ),
        recordOf(
          userId,
          {
            organizationId,
            userId,
            version: 2 ** 53 - 1,
            requestedAt: '2026-11-25T09:30:00Z',
            touched: true,
            facts: { startDate: date, endDate: date, jobTitle: text },
          },
          'poweroffice.command.apply-employment.v1',
        ),
      ];
      const connection = {
        connectionId,
        organizationId,
        version: 2 ** 53 - 1,
        occurredAt: '9999-12-31T23:59:59.999Z',
        name: text,
        state,
        pauseReason: reason,
        group: null,
        client: { id: text, name: text },
        settings: { createUsers: true, sendPositions: true, mail: { recipients: [text], language: text } },
        abilities: [...supportedFields, text].map((field) => ({ field, write: 'yes', compare: 'no', reason: text })),
        activatedAt: '1900-01-01T00:00:00+15:59',
      };
      // A moment before 1900 is refused.
      const valid = { ...connection, activatedAt: '2026-11-25T09:30:00.123456789+14:00' };
      expect((await run('syncCommands', commands)).aside.size).toBe(0);
      expect(
        (await run('connections', [recordOf(connectionId, valid, 'poweroffice.connection.changed.v1')])).aside.size,
      ).toBe(0);
      expect(
        (await run('connections', [recordOf(connectionId, connection, 'poweroffice.connection.changed.v1')])).aside
          .size,
      ).toBe(1);
    }),
    { numRuns: 60 },
  );
});

it('an id is one person in whatever spelling, and their values can be opened', async () => {
  const userId = randomUUID();
  const value = (version: number, id: string) => ({ ...aUserChanged({ version }), userId: id });
  const first = value(1, userId.toUpperCase());
  const second = { ...value(2, `urn:uuid:${userId}`), organizationId: `{${first.organizationId.toUpperCase()}}` };
  const records = [recordOf(userId.toUpperCase(), first, updated), recordOf(userId, second, updated)];
  for (const record of records) expect((await run('users', [record])).aside.size).toBe(0);
  expect(await stored(userId)).toEqual(second.user);
});

it('values, emails and events of any length are taken in', async () => {
  const userId = randomUUID();
  const user = aHumaUser({
    email: `${randomBytes(4000).toString('hex')}@example.com`,
    familyName: 'x'.repeat(400_000),
  });
  const { aside } = await run('users', [recordOf(userId, aUserChanged({ userId, user }), updated)]);
  expect([...aside.values()]).toEqual([]);
  expect(await stored(userId)).toEqual(user);
});

it('one in a hundred records that cannot be taken in as they are costs no transaction of its own', async () => {
  const organizationId = randomUUID();
  const odd: ((value: UserChanged) => unknown)[] = [
    (value) => ({ ...value, user: { ...value.user, givenName: 'A\u0000\ud800' } }),
    (value) => JSON.stringify(value).replace('"version":1', '"version":9007199254740993'),
    (value) => ({ ...value, user: { ...value.user, companies: [`urn:uuid:${randomUUID()}`] } }),
    (value) => ({ ...value, userId: randomUUID() }),
    (value) => ({ ...value, user: { ...value.user, email: 'x'.repeat(5000) } }),
    () => '{"userId": ',
  ];
  const records = Array.from({ length: 1000 }, (_, n) => {
    const value = aUserChanged({ organizationId });
    const bend = n % 100 === 0 ? odd[(n / 100) % odd.length] : undefined;
    return recordOf(value.userId, bend ? bend(value) : value, updated, { ce_id: `${String(n)}\u0000` });
  });
  const { aside, transactions } = await run('users', records);
  expect(transactions).toBe(1);
  expect([...aside.values()].map((reason) => reason.code).sort()).toEqual([
    'bad-json',
    'inexact-version',
    'inexact-version',
    'schema',
    'schema',
  ]);
});
