import { Kafka, logLevel } from 'kafkajs';
import {
  anEvent,
  aUserChanged,
  createTestDatabase,
  createTestProducer,
  createTestTopics,
  eventually,
} from '../src/index.js';
import pg from 'pg';

test('a test database is empty, usable, and gone after its drop', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ name: string; tables: string }>(
    `select current_database() as name, (select count(*) from information_schema.tables where table_schema = 'public') as tables`,
  );
  expect(rows).toEqual([{ name: database.name, tables: '0' }]);
  await database.drop();
  await expect(new pg.Client({ connectionString: database.url }).connect()).rejects.toMatchObject({ code: '3D000' });
});

test('test topics take events and give them back, and are gone after their drop', async () => {
  const topics = await createTestTopics();
  const producer = await createTestProducer(topics);
  const change = aUserChanged();
  await producer.send('users', anEvent('huma.user.created.v1', change.userId, change));
  await producer.close();

  const kafka = new Kafka({ brokers: topics.brokers.split(','), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${topics.prefix}reader` });
  const seen: unknown[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic: topics.name('users'), fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      seen.push(message.key?.toString(), JSON.parse(message.value?.toString() ?? 'null'));
      return Promise.resolve();
    },
  });
  await eventually(() => {
    expect(seen).toEqual([change.userId, change]);
  });
  await consumer.disconnect();

  await topics.drop();
  const admin = kafka.admin();
  await admin.connect();
  await eventually(async () => {
    expect((await admin.listTopics()).filter((name) => name.startsWith(topics.prefix))).toEqual([]);
  });
  await admin.disconnect();
});

test('eventually answers what was found, and fails with the last error', async () => {
  let looks = 0;
  expect(
    await eventually(() => {
      if (++looks < 3) throw new Error('not yet');
      return looks;
    }),
  ).toBe(3);
  await expect(eventually(() => Promise.reject(new Error(`look ${String(++looks)}`)), 60)).rejects.toThrow(/look/);
});
