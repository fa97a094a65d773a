import { createLogger } from '@huma-poweroffice/platform';
import { createAndAwait, createTestTopics, eventually, type TestTopics } from '@huma-poweroffice/testing';
import kafkajs, { type Admin } from 'kafkajs';
import { PublishedTopics } from '../src/index.js';
import { createWorld, newKeys, type World } from './reader.js';

let topics: TestTopics;
let world: World;
let admin: Admin;

beforeEach(async () => {
  topics = await createTestTopics();
  world = await createWorld(topics.brokers, topics.prefix);
  admin = world.kafka.admin();
  await admin.connect();
});
afterEach(async () => {
  await world.close();
  await admin.disconnect();
  await topics.drop();
});

const remove = async (): Promise<void> => {
  await admin.deleteTopics({ topics: [world.users] });
  await eventually(async () => {
    expect(await admin.listTopics()).not.toContain(world.users);
  });
};
const create = async (cleanupPolicy = 'compact'): Promise<void> => {
  const configEntries = [{ name: 'cleanup.policy', value: cleanupPolicy }];
  await createAndAwait(admin, [{ topic: world.users, numPartitions: 6, configEntries }]);
};
const setPolicy = async (value: string): Promise<void> => {
  const configEntries = [{ name: 'cleanup.policy', value }];
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  await admin.alterConfigs({ validateOnly: false, resources: [{ type, name: world.users, configEntries }] });
};

describe('what the log holds', () => {
  it('reports a position beyond the log, and begins at the start', async () => {
    const reader = world.aReader();
    const keys = newKeys(3);
    await world.send(keys, { partition: 0 });
    await world.database.query('INSERT INTO consumer_offset VALUES ($1, $2, 0, 1000000)', [
      reader.groupId,
      world.users,
    ]);
    await reader.start();
    await reader.has(keys);
    expect(reader.gaps).toEqual([
      { topic: 'users', partition: 0, cause: 'out-of-range', stored: '1000000', low: '0', high: '3' },
    ]);
  });

  it('reports what was removed before it was read', async () => {
    const reader = world.aReader();
    const [lost, kept] = [newKeys(5), newKeys(2)];
    const first = await reader.start();
    await eventually(() => {
      expect(first.state().ready).toBe(true);
    });
    await first.stop();
    await world.send([...lost, ...kept], { partition: 0 });
    // A broker removes records of a compacted topic only this way.
    await setPolicy('delete');
    await admin.deleteTopicRecords({ topic: world.users, partitions: [{ partition: 0, offset: '5' }] });
    await setPolicy('compact');
    await reader.start();
    await reader.has(kept);
    expect(reader.gaps).toMatchObject([{ partition: 0, cause: 'out-of-range', stored: '0', low: '5' }]);
  });

  it('knows a topic that was made anew under its name, also when the offsets fit', async () => {
    const reader = world.aReader();
    const [before, after] = [newKeys(2), newKeys(4)];
    await world.send(before, { partition: 0 });
    const first = await reader.start();
    await first.caughtUp();
    await first.stop();
    await remove();
    await create();
    await world.send(after, { partition: 0 });
    const second = await reader.start();
    await reader.has(after);
    await second.caughtUp();
    expect(reader.gaps.map((gap) => gap.cause)).toEqual(Array(6).fill('topic-recreated'));
  });

  it('notices while it reads that a topic is another one', async () => {
    const reader = world.aReader({ checkMs: 500 });
    const [before, after] = [newKeys(2), newKeys(4)];
    await world.send(before, { partition: 0 });
    const consumer = await reader.start();
    await consumer.caughtUp();
    await remove();
    await create();
    await world.send(after, { partition: 0 });
    await reader.has(after);
    await eventually(() => {
      expect(reader.gaps.map((gap) => gap.partition).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    });
  });
});

describe('topics at the start', () => {
  it('waits for a topic that does not exist, and says so', async () => {
    await remove();
    const reader = world.aReader();
    const consumer = await reader.start();
    await eventually(() => {
      expect(consumer.state()).toEqual({
        ready: false,
        problems: [`waiting: the topic ${world.users} does not exist`],
        silentSince: null,
      });
    });
    await create();
    await eventually(() => {
      expect(consumer.state()).toEqual({ ready: true, problems: [], silentSince: null });
    }, 20_000);
    const keys = newKeys(2);
    await world.send(keys);
    await reader.has(keys);
  });

  it('waits for the right cleanup policy, and says so', async () => {
    await remove();
    await create('delete');
    const consumer = await world.aReader().start();
    await eventually(() => {
      expect(consumer.state().problems).toEqual([
        `waiting: the topic ${world.users} has the cleanup policy "delete" instead of "compact"`,
      ]);
    });
    await setPolicy('compact');
    await eventually(() => {
      expect(consumer.state().ready).toBe(true);
    }, 20_000);
  });
});

describe('topics that are written to', () => {
  const written = (): PublishedTopics =>
    new PublishedTopics(world.kafka, topics.prefix, ['users'], createLogger('test', 'fatal'), 30_000);

  it('are said to be missing, or to keep the wrong records', async () => {
    expect(await written().problems()).toEqual([]);
    await remove();
    expect(await written().problems()).toEqual([`the topic ${world.users} does not exist`]);
    await create('delete');
    expect(await written().problems()).toEqual([
      `the topic ${world.users} has the cleanup policy "delete" instead of "compact"`,
    ]);
  });

  it('are not looked at again and again', async () => {
    const same = written();
    expect(await same.problems()).toEqual([]);
    await remove();
    expect(await same.problems()).toEqual([]);
  });
});
