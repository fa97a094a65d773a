import { randomUUID } from 'node:crypto';
import { createTestTopics, eventually, type TestTopics } from '@huma-poweroffice/testing';
import kafkajs from 'kafkajs';
import { createWorld, messageOf, newKeys, type Reader, type World } from './reader.js';

let topics: TestTopics;
let world: World;

beforeAll(async () => {
  topics = await createTestTopics();
  world = await createWorld(topics.brokers, topics.prefix);
});
afterAll(async () => {
  await world.close();
  await topics.drop();
});

const onlyOnce = async (reader: Reader): Promise<void> => {
  const handled = await reader.handled();
  expect(handled).toHaveLength(new Set(handled).size);
};

describe('BatchConsumer', () => {
  it('reads gzip, snappy, lz4 and zstd', async () => {
    const reader = world.aReader();
    await reader.start();
    const { GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes;
    for (const compression of [GZIP, Snappy, LZ4, ZSTD]) {
      const keys = newKeys(5);
      await world.send(keys, { compression });
      await reader.has(keys);
    }
  });

  it('goes on after a restart where it was, with every record once', async () => {
    const reader = world.aReader({ sliceSize: 3 });
    const first = await reader.start();
    const [before, after] = [newKeys(20), newKeys(20)];
    await world.send(before);
    await reader.has(before);
    await first.stop();
    await world.send(after);
    await reader.start();
    await reader.has(after);
    await onlyOnce(reader);
  });

  it('handles every record once while replicas come and go', async () => {
    const reader = world.aReader({ sliceSize: 2 });
    const one = await reader.start();
    const keys = newKeys(200);
    const sending = (async () => {
      for (let i = 0; i < keys.length; i += 10) await world.send(keys.slice(i, i + 10));
    })();
    const two = await reader.start();
    await sending;
    await one.stop();
    await reader.start();
    await reader.has(keys);
    await two.stop();
    await onlyOnce(reader);
  });

  it('puts only the poison aside', async () => {
    const reader = world.aReader();
    const keys = newKeys(6);
    const poison = keys[3]!;
    await reader.start(async (slice) => {
      if (slice.records.some((r) => String(r.key) === poison)) throw new Error('a bug');
    });
    await world.send(keys, { partition: 0 });
    await reader.has(keys.filter((k) => k !== poison));
    await eventually(async () => {
      expect(await world.database.query('SELECT key, code FROM aside WHERE group_id = $1', [reader.groupId])).toEqual([
        { key: poison, code: 'bug' },
      ]);
    }, 30_000);
    await onlyOnce(reader);
  });

  it('waits for a database that refuses, however often, and puts nothing aside', async () => {
    const reader = world.aReader();
    const keys = newKeys(3);
    let refusals = 0;
    await reader.start(async () => {
      refusals += 1;
      if (refusals < 6) throw Object.assign(new Error('a deadlock'), { code: '40P01' });
    });
    await world.send(keys, { partition: 1 });
    await reader.has(keys);
    expect(await world.database.query('SELECT 1 FROM aside WHERE group_id = $1', [reader.groupId])).toEqual([]);
  });

  it('tells two consumers apart that disagree about who has a partition', async () => {
    const reader = world.aReader();
    const keys = newKeys(4);
    await reader.start();
    await world.send(keys.slice(0, 1), { partition: 2 });
    await reader.has(keys.slice(0, 1));
    // Another consumer of the group takes in the next two records, which this one will fetch too.
    await world.database.query(
      'UPDATE consumer_offset SET position = position + 2 WHERE group_id = $1 AND topic = $2 AND partition = 2',
      [reader.groupId, world.users],
    );
    await world.send(keys.slice(1), { partition: 2 });
    await reader.has(keys.slice(3));
    const handled = await reader.handled();
    expect(keys.filter((key) => handled.includes(key))).toEqual([keys[0], keys[3]]);
    expect(reader.gaps).toEqual([]);
  });
});

describe('how far it is', () => {
  it('tells what is left, and when what there was has been taken in', async () => {
    const reader = world.aReader();
    let release = (): void => undefined;
    const held = new Promise<void>((done) => (release = done));
    const keys = newKeys(5);
    const consumer = await reader.start(async (slice) => {
      if (slice.records.some((r) => keys.includes(String(r.key)))) await held;
    });
    await consumer.caughtUp();
    await world.send(keys, { partition: 3 });
    const ends = await consumer.ends();
    const lag = async (): Promise<number | undefined> => (await consumer.lag()).find((l) => l.partition === 3)?.lag;
    expect(await lag()).toBe(5);
    expect(await consumer.hasReached(ends)).toBe(false);
    await expect(consumer.caughtUp(AbortSignal.abort())).rejects.toThrow();
    release();
    await consumer.caughtUp();
    expect(await reader.handled()).toEqual(expect.arrayContaining(keys));
    expect(await consumer.hasReached(ends)).toBe(true);
    expect(await lag()).toBe(0);
  });

  it('passes over the marks of transactions, committed or not', async () => {
    const reader = world.aReader();
    const consumer = await reader.start();
    const [good, bad] = [newKeys(2), newKeys(2)];
    const producer = world.kafka.producer({ transactionalId: randomUUID(), idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (const [keys, end] of [
      [good, 'commit'],
      [bad, 'abort'],
    ] as const) {
      const transaction = await producer.transaction();
      const messages = keys.map((key) => ({ ...messageOf(key), partition: 4 }));
      await transaction.send({ topic: world.users, messages });
      await transaction[end]();
    }
    await producer.disconnect();
    await consumer.caughtUp();
    expect(await reader.handled()).toEqual(expect.arrayContaining(good));
    expect(await reader.handled()).toEqual(expect.not.arrayContaining(bad));
  });

  it('shows Kafka how far it is, for tools', async () => {
    const reader = world.aReader();
    const consumer = await reader.start();
    await world.send(newKeys(2), { partition: 5 });
    await consumer.caughtUp();
    const ends = await consumer.ends();
    await consumer.stop();
    const admin = world.client().admin();
    await admin.connect();
    const [shown] = await admin.fetchOffsets({ groupId: reader.groupId, topics: [world.users] });
    await admin.disconnect();
    expect(shown?.partitions.find((p) => p.partition === 5)?.offset).toBe(ends[world.users]?.[5]);
  });
});
