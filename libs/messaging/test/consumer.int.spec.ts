import { randomUUID } from 'node:crypto';
import { createLogger, Database, Secret, type Tx } from '@huma-poweroffice/platform';
import {
  anEvent,
  aUserChanged,
  createTestDatabase,
  createTestTopics,
  eventually,
  type TestDatabase,
  type TestTopics,
} from '@huma-poweroffice/testing';
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import {
  BatchConsumer,
  createKafka,
  enqueue,
  messagingTables,
  OutboxRelay,
  ownEvent,
  readRecord,
  registerCodecs,
  type Slice,
} from '../src/index.js';

const logger = createLogger('test', 'fatal');
let test: TestDatabase;
let topics: TestTopics;
let database: Database;
let kafka: Kafka;
let producer: Producer;
const consumers: BatchConsumer[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  topics = await createTestTopics();
  database = await Database.connect({ url: new Secret(test.url), migrations: [], migrateOnStart: false, logger });
  for (const sql of messagingTables.up) await database.query(sql);
  await database.query('CREATE TABLE seen (group_id text, key text, position bigserial)');
  await database.query('CREATE TABLE aside (group_id text, key text, code text)');
  kafka = createKafka(
    'test',
    {
      KAFKA_BROKERS: topics.brokers.split(','),
      KAFKA_SSL: false,
      KAFKA_SASL_MECHANISM: null,
      KAFKA_SASL_USERNAME: null,
      KAFKA_SASL_PASSWORD: null,
    },
    logger,
  );
  producer = kafka.producer();
  await producer.connect();
  await registerCodecs();
});
afterAll(async () => {
  for (const consumer of consumers) await consumer.stop();
  await producer.disconnect();
  await database.close();
  await topics.drop();
  await test.drop();
});

interface Reader {
  groupId: string;
  gaps: unknown[];
  handled(): Promise<string[]>;
  start(more?: (slice: Slice, tx: Tx) => Promise<void>): Promise<BatchConsumer>;
}
const aReader = (sliceSize = 500): Reader => {
  const groupId = `${topics.prefix}${randomUUID()}`;
  const gaps: unknown[] = [];
  return {
    groupId,
    gaps,
    handled: async () =>
      (
        await database.query<{ key: string }>('SELECT key FROM seen WHERE group_id = $1 ORDER BY position', [groupId])
      ).map((r) => r.key),
    start: async (more = async () => undefined) => {
      const consumer = new BatchConsumer(database, kafka, logger, {
        groupId,
        topics: ['users'],
        topicPrefix: topics.prefix,
        sliceSize,
        handle: async (slice, tx) => {
          for (const record of slice.records)
            await tx.query('INSERT INTO seen (group_id, key) VALUES ($1, $2)', [groupId, String(record.key)]);
          await more(slice, tx);
        },
        putAside: async (_slice, record, reason, tx) => {
          await tx.query('INSERT INTO aside VALUES ($1, $2, $3)', [groupId, String(record.key), reason.code]);
        },
        onGap: (gap) => gaps.push(gap),
      });
      consumers.push(consumer);
      await consumer.start();
      return consumer;
    },
  };
};
const send = async (keys: string[], compression?: number): Promise<void> => {
  const messages = keys.map((userId) => {
    const { key, value, headers } = anEvent('huma.user.updated.v1', userId, aUserChanged({ userId }));
    return { key: key ?? null, value, headers: headers ?? {} };
  });
  await producer.send({ topic: topics.name('users'), messages, ...(compression === undefined ? {} : { compression }) });
};
const newKeys = (count: number): string[] => Array.from({ length: count }, () => randomUUID());
const has = (reader: Reader, keys: string[]): Promise<void> =>
  eventually(async () => {
    expect(await reader.handled()).toEqual(expect.arrayContaining(keys));
  }, 30_000);

describe('BatchConsumer', () => {
  it('reads gzip, snappy, lz4 and zstd', async () => {
    const reader = aReader();
    await reader.start();
    const { GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes;
    for (const codec of [GZIP, Snappy, LZ4, ZSTD]) {
      const keys = newKeys(5);
      await send(keys, codec);
      await has(reader, keys);
    }
  });

  it('goes on after a restart where it was, with every record once', async () => {
    const reader = aReader(3);
    const first = await reader.start();
    const [before, after] = [newKeys(20), newKeys(20)];
    await send(before);
    await has(reader, before);
    await first.stop();
    await send(after);
    await reader.start();
    await has(reader, after);
    const handled = await reader.handled();
    expect(handled).toHaveLength(new Set(handled).size);
  });

  it('handles every record once while replicas come and go', async () => {
    const reader = aReader(2);
    const one = await reader.start();
    const keys = newKeys(200);
    const sending = (async () => {
      for (let i = 0; i < keys.length; i += 10) await send(keys.slice(i, i + 10));
    })();
    const two = await reader.start();
    await sending;
    await one.stop();
    await reader.start();
    await has(reader, keys);
    await two.stop();
    const handled = await reader.handled();
    expect(handled).toHaveLength(new Set(handled).size);
  });

  it('puts only the poison aside', async () => {
    const reader = aReader();
    const keys = newKeys(6);
    const poison = keys[3]!;
    await reader.start(async (slice) => {
      if (slice.records.some((r) => String(r.key) === poison)) throw new Error('a bug');
    });
    await send(keys);
    await has(
      reader,
      keys.filter((k) => k !== poison),
    );
    await eventually(async () => {
      expect(await database.query('SELECT key, code FROM aside WHERE group_id = $1', [reader.groupId])).toEqual([
        { key: poison, code: 'bug' },
      ]);
    }, 30_000);
  });

  it('says loudly when its position lies outside the log, and begins at the start', async () => {
    const reader = aReader();
    const keys = newKeys(3);
    await send(keys);
    for (let partition = 0; partition < 6; partition += 1) {
      await database.query('INSERT INTO consumer_offset VALUES ($1, $2, $3, 1000000)', [
        reader.groupId,
        topics.name('users'),
        partition,
      ]);
    }
    await reader.start();
    await has(reader, keys);
    expect(reader.gaps.length).toBeGreaterThan(0);
  });
});

describe('the outbox', () => {
  it('is published in order by one relay at a time, and only what was committed', async () => {
    const relays = [0, 1].map(() => new OutboxRelay(database, kafka, topics.prefix, logger));
    for (const relay of relays) await relay.start();
    const key = randomUUID();
    const events = Array.from({ length: 30 }, (_, n) =>
      ownEvent(
        'syncCommands',
        'poweroffice.command.sync-person.v1',
        key,
        {
          organizationId: key,
          userId: key,
          connectionId: null,
          requestedAt: '2026-11-23T09:30:00Z',
          requestedBy: String(n),
        },
        { source: 'test', now: 0 },
      ),
    );
    const lost = database.transaction(async (tx) => {
      await enqueue(tx, [{ ...events[0]!, key: randomUUID() }]);
      throw new Error('rolled back');
    });
    await expect(lost).rejects.toThrow('rolled back');
    for (const event of events) await database.transaction((tx) => enqueue(tx, [event]));
    for (const relay of relays) relay.wake();

    const reader = kafka.consumer({ groupId: `${topics.prefix}outbox` });
    const order: string[] = [];
    await reader.connect();
    await reader.subscribe({ topics: [topics.name('syncCommands')], fromBeginning: true });
    await reader.run({
      eachMessage: async ({ message }) => {
        const headers = Object.fromEntries(Object.entries(message.headers ?? {}).map(([n, v]) => [n, String(v)]));
        const read = readRecord('syncCommands', {
          offset: '0',
          timestamp: '0',
          key: message.key,
          value: message.value,
          headers,
        });
        if (read.ok && read.event?.type === 'poweroffice.command.sync-person.v1')
          order.push(read.event.value.requestedBy);
      },
    });
    await eventually(() => {
      expect(order).toEqual(events.map((_, n) => String(n)));
    }, 30_000);
    expect(await database.query('SELECT count(*)::int AS left FROM outbox')).toEqual([{ left: 0 }]);
    await reader.disconnect();
    for (const relay of relays) await relay.stop();
  });
});
