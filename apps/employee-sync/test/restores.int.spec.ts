import { randomBytes, randomUUID } from 'node:crypto';
import { supportedFields, type ConnectionChanged } from '@huma-poweroffice/contracts';
import { createKafka, registerCodecs, type BatchConsumer } from '@huma-poweroffice/messaging';
import { createLogger, Database, Keyring, Secret } from '@huma-poweroffice/platform';
import {
  aHumaUser,
  anEvent,
  createAndAwait,
  aUserChanged,
  createTestDatabase,
  createTestProducer,
  createTestTopics,
  eventually,
  type TestDatabase,
  type TestProducer,
  type TestTopics,
} from '@huma-poweroffice/testing';
import type { Kafka } from 'kafkajs';
import { migrations } from '../src/database/migrations.js';
import { declareRestore } from '../src/rebuild/declare-restore.js';
import { rebuildFromTopic, type RebuildNeeds } from '../src/rebuild/rebuild-from-topic.js';
import { createIntake } from '../src/take-in/create-intake.js';

const logger = createLogger('test', 'silent');
const keyring = new Keyring(new Secret(`k:${randomBytes(32).toString('base64')}`));
const organizationId = randomUUID();
let test: TestDatabase;
let database: Database;
let topics: TestTopics;
let producer: TestProducer;
let kafka: Kafka;
let consumers: BatchConsumer[];

beforeEach(async () => {
  [test, topics] = await Promise.all([createTestDatabase(), createTestTopics()]);
  producer = await createTestProducer(topics);
  database = await Database.connect({ url: new Secret(test.url), migrations, migrateOnStart: true, logger });
  const none = { KAFKA_SASL_MECHANISM: null, KAFKA_SASL_USERNAME: null, KAFKA_SASL_PASSWORD: null } as const;
  kafka = createKafka('test', { KAFKA_BROKERS: topics.brokers.split(','), KAFKA_SSL: false, ...none }, logger);
  consumers = [];
  await registerCodecs();
});
afterEach(async () => {
  for (const consumer of consumers) await consumer.stop();
  await producer.close();
  await database.close();
  await test.drop();
  await topics.drop();
});

const needs = (): RebuildNeeds => ({ database, keyring, kafka, topicPrefix: topics.prefix, logger });
const started = async (): Promise<BatchConsumer> => {
  const consumer = createIntake(needs());
  consumers.push(consumer);
  await consumer.start();
  expect(await consumer.whenCompared()).toBe(true);
  return consumer;
};
/** Takes in what is in the topics, and stops. */
const catchUp = async (): Promise<void> => {
  const consumer = await started();
  await consumer.caughtUp();
  await consumer.stop();
};
const connectionId = randomUUID();
const connection: ConnectionChanged = {
  connectionId,
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
};
const connect = async (): Promise<void> => {
  await producer.send('connections', anEvent('poweroffice.connection.changed.v1', connectionId, connection));
};
const publish = async (userId: string, version: number, name: string | null): Promise<void> => {
  const user = name === null ? null : aHumaUser({ givenName: name });
  const value = aUserChanged({ organizationId, userId, version, user });
  await producer.send('users', anEvent('huma.user.updated.v1', userId, value));
};
const tables = ['consumer_offset', 'connection', 'person', 'lane'];
const nameOf = async (userId: string): Promise<string> => {
  const [row] = await database.query<{ known: string }>(
    "SELECT concat_ws(' ', version, state, profile->>'givenName') AS known FROM person WHERE user_id = $1",
    [userId],
  );
  return row?.known ?? 'unknown';
};
const setbacks = (): Promise<unknown[]> =>
  database.query("SELECT kind, topic, lanes FROM database_setback WHERE topic = 'users' ORDER BY id");
const lanes = (): Promise<unknown[]> =>
  database.query('SELECT user_id AS "user", is_new AS "isNew", judge_first AS "judgeFirst" FROM lane ORDER BY user_id');
/** Where the partitions of people end now. */
const ends = async (): Promise<ReadonlyMap<number, string>> => {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topics.name('users'));
  await admin.disconnect();
  return new Map(offsets.map(({ partition, high }) => [partition, high]));
};

const remakeUsers = async (): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  const name = topics.name('users');
  await admin.deleteTopics({ topics: [name] });
  await eventually(async () => {
    expect(await admin.listTopics()).not.toContain(name);
  });
  const configEntries = [{ name: 'cleanup.policy', value: 'compact' }];
  await createAndAwait(admin, [{ topic: name, numPartitions: 6, configEntries }]);
  await admin.disconnect();
};

describe('our own database', () => {
  it('restored from a backup: every linked lane judges its fields before it sends again', async () => {
    const [linked, other] = [randomUUID(), randomUUID()].sort() as [string, string];
    await connect();
    await publish(linked, 1, 'One');
    await publish(other, 1, 'One');
    await catchUp();
    await database.query('UPDATE lane SET linked_employee = 7 WHERE user_id = $1', [linked]);
    for (const table of tables) await database.query(`CREATE TABLE backup_${table} AS TABLE ${table}`);
    await publish(linked, 2, 'Two');
    await catchUp();
    expect(await nameOf(linked)).toBe('2 active Two');
    expect(await setbacks()).toEqual([]);

    await database.query(`DELETE FROM lane`);
    for (const table of tables) {
      await database.query(`DELETE FROM ${table}`);
      await database.query(`INSERT INTO ${table} SELECT * FROM backup_${table}`);
    }
    await catchUp();
    expect(await setbacks()).toEqual([{ kind: 'restored', topic: 'users', lanes: 1 }]);
    expect(await lanes()).toMatchObject([
      { user: linked, judgeFirst: true },
      { user: other, judgeFirst: false },
    ]);
    expect(await nameOf(linked)).toBe('2 active Two');
    await catchUp();
    expect(await setbacks()).toHaveLength(1);
  });

  it('lost: nobody who was in the topic is new, whoever comes later is', async () => {
    const [before, after] = [randomUUID(), randomUUID()];
    await connect();
    await publish(before, 1, 'One');
    await catchUp();
    expect(await setbacks()).toEqual([]);
    for (const table of tables) await database.query(`DELETE FROM ${table}`);

    const consumer = await started();
    await consumer.caughtUp();
    expect(await setbacks()).toEqual([{ kind: 'lost', topic: 'users', lanes: 0 }]);
    expect(await lanes()).toMatchObject([{ user: before, isNew: false }]);
    await publish(after, 1, 'One');
    await publish(before, 2, 'Two');
    await eventually(async () => {
      expect(await lanes()).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ user: before, isNew: false }),
          expect.objectContaining({ user: after, isNew: true }),
        ]),
      );
      expect(await nameOf(before)).toBe('2 active Two');
    });
  });

  it('read for the first time beside connections that are active: nobody is new either', async () => {
    const [before, after] = [randomUUID(), randomUUID()];
    await connect();
    const first = createIntake(needs());
    consumers.push(first);
    await publish(before, 1, 'One');
    await first.start();
    await first.caughtUp();
    await publish(after, 1, 'One');
    await eventually(async () => {
      expect(await lanes()).toHaveLength(2);
    });
    expect(await setbacks()).toEqual([]);
    expect(await database.query('SELECT user_id AS user FROM lane WHERE is_new')).toEqual([{ user: after }]);
  });
});

describe("Huma's database", () => {
  it('restored: lower versions are ignored until an operator says so, and then count, also those that come later', async () => {
    const [changed, revived, untouched, added] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const consumer = await started();
    await publish(changed, 9, 'Nine');
    await publish(revived, 3, null);
    await publish(untouched, 4, 'Four');
    await consumer.caughtUp();
    const from = await ends();

    await publish(changed, 5, 'Five');
    await publish(revived, 2, 'Two');
    await consumer.caughtUp();
    expect(await rebuildFromTopic(needs())).toMatchObject({ changed: 0, missing: 0 });
    expect([await nameOf(changed), await nameOf(revived)]).toEqual(['9 active Nine', '3 deleted']);

    await expect(declareRestore(needs(), new Map([[0, '0']]))).rejects.toThrow('every partition');
    await declareRestore(needs(), from);
    expect(await rebuildFromTopic(needs())).toMatchObject({ people: 2, changed: 2, meanwhile: 0, missing: 1 });
    expect([await nameOf(changed), await nameOf(revived)]).toEqual(['5 active Five', '2 active Two']);
    expect(await nameOf(untouched)).toBe('4 active Four');

    await publish(changed, 6, 'Six');
    await publish(added, 1, 'New');
    await consumer.caughtUp();
    await eventually(async () => {
      expect([await nameOf(changed), await nameOf(added)]).toEqual(['6 active Six', '1 active New']);
    });
    // What lies before the restore is never read again, neither by a rebuild nor by a new consumer.
    expect(await rebuildFromTopic(needs())).toMatchObject({ changed: 0, lower: 0 });
    await consumer.stop();
    await database.query('DELETE FROM consumer_offset');
    await catchUp();
    expect(await nameOf(changed)).toBe('6 active Six');
    for (const setback of await setbacks()) expect(setback).toMatchObject({ kind: 'lost' });
  });

  it('restored, with a topic made anew that is filled slowly: what is lower is counted, and taken in when told', async () => {
    const [early, late] = [randomUUID(), randomUUID()];
    const consumer = await started();
    await publish(early, 9, 'Nine');
    await publish(late, 9, 'Nine');
    await consumer.caughtUp();
    await consumer.stop();
    await remakeUsers();
    await publish(early, 5, 'Five');
    await catchUp();
    expect(await database.query('SELECT 1 FROM rebuild_request')).toHaveLength(1);
    expect(await rebuildFromTopic(needs())).toMatchObject({ changed: 0, lower: 1, missing: 1, examples: [early] });
    await publish(late, 5, 'Five');
    await catchUp();
    expect([await nameOf(early), await nameOf(late)]).toEqual(['9 active Nine', '9 active Nine']);
    expect(await rebuildFromTopic(needs())).toMatchObject({ changed: 0, lower: 2 });

    await declareRestore(needs(), new Map([...(await ends())].map(([partition]) => [partition, '0'])));
    expect(await rebuildFromTopic(needs())).toMatchObject({ changed: 2, lower: 0 });
    expect([await nameOf(early), await nameOf(late)]).toEqual(['5 active Five', '5 active Five']);
  });
});
