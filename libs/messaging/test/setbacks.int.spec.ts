import { createTestTopics, eventually, type TestTopics } from '@huma-poweroffice/testing';
import type { Backlog, Setback } from '../src/index.js';
import { createWorld, newKeys, type Reader, type World } from './reader.js';

let topics: TestTopics;
let world: World;

beforeEach(async () => {
  topics = await createTestTopics();
  world = await createWorld(topics.brokers, topics.prefix);
});
afterEach(async () => {
  await world.close();
  await topics.drop();
});

interface Watched {
  readonly reader: Reader;
  readonly setbacks: Setback[];
  readonly backlogs: Map<string, Backlog | null>;
  /** Reads until these keys were handled, and stops. */
  read(keys: readonly string[]): Promise<void>;
}

const watched = (): Watched => {
  const setbacks: Setback[] = [];
  const backlogs = new Map<string, Backlog | null>();
  const reader = world.aReader({ onSetback: (setback) => setbacks.push(setback) });
  return {
    reader,
    setbacks,
    backlogs,
    read: async (keys) => {
      const consumer = await reader.start(async ({ records, backlog }) => {
        for (const { key } of records) backlogs.set(String(key), backlog ?? null);
      });
      expect(await consumer.whenCompared()).toBe(true);
      await reader.has(keys);
      await consumer.stop();
    },
  };
};
const positions = (): Promise<Record<string, unknown>[]> => world.database.query('SELECT * FROM consumer_offset');

describe('a database that was set back', () => {
  it('is noticed once when it was restored from a backup, and never otherwise', async () => {
    const { reader, setbacks, read } = watched();
    const [before, after] = [newKeys(3), newKeys(2)];
    await world.send(before, { partition: 0 });
    await read(before);
    const backup = await positions();
    await world.send(after, { partition: 0 });
    await read(after);
    expect(setbacks).toEqual([]);

    for (const row of backup)
      await world.database.query('UPDATE consumer_offset SET position = $1, reached = $2 WHERE partition = $3', [
        row['position'],
        row['reached'],
        row['partition'],
      ]);
    await world.database.query('DELETE FROM seen WHERE key = ANY ($1)', [after]);
    await read(after);
    expect(setbacks).toEqual([{ topic: 'users', partition: 0, kind: 'restored', stored: '3', committed: '5' }]);
    await read([]);
    expect(setbacks).toHaveLength(1);
    expect(reader.gaps).toEqual([]);
  });

  it('is noticed when it was lost, and knows what lay in the topic then', async () => {
    const { setbacks, backlogs, read } = watched();
    const [before, after] = [newKeys(3), newKeys(2)];
    await world.send(before, { partition: 0 });
    await read(before);
    expect(setbacks).toEqual([]);

    await world.database.query('DELETE FROM consumer_offset');
    await world.database.query('DELETE FROM seen');
    await read(before);
    expect(setbacks).toEqual([{ topic: 'users', partition: 0, kind: 'lost', stored: null, committed: '3' }]);
    await world.send(after, { partition: 0 });
    await read(after);
    expect(setbacks).toHaveLength(1);
    expect(backlogs.get(before[0] ?? '')).toEqual({ end: '3', at: expect.any(Date) as unknown });
    // They are of the same partition, behind its end of then.
    expect(backlogs.get(after[0] ?? '')?.end).toBe('3');
  });

  it('is not what a position is that was moved back on purpose, or that begins again after a gap', async () => {
    const { reader, setbacks, read } = watched();
    const keys = newKeys(3);
    await world.send(keys, { partition: 0 });
    await read(keys);
    const again = async (statement: string, handled: readonly string[]): Promise<void> => {
      await world.database.query(`UPDATE consumer_offset SET ${statement} WHERE partition = 0`);
      await world.database.query('DELETE FROM seen');
      await read(handled);
    };
    await again('position = 1', keys.slice(1));
    await again('position = 1000, reached = 1000', keys);
    expect(setbacks).toEqual([]);
    expect(reader.gaps).toHaveLength(1);
  });
});

it('reads nothing of what was declared void', async () => {
  const keys = newKeys(5);
  await world.send(keys, { partition: 0 });
  const reader = world.aReader({ notBefore: async (_, partition) => (partition === 0 ? '3' : null) });
  const consumer = await reader.start();
  await reader.has(keys.slice(3));
  await consumer.caughtUp();
  expect(await reader.handled()).toEqual(keys.slice(3));
  await eventually(async () => {
    expect((await consumer.reached())[world.users]).toMatchObject({ 0: '5', 1: '0' });
  });
});
