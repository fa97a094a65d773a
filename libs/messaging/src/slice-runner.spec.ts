import { createLogger, type Tx } from '@huma-poweroffice/platform';
import fc from 'fast-check';
import type { RawRecord, Unreadable } from './records.js';
import { SliceRunner, type Slice } from './slice-runner.js';

const tx: Tx = { query: () => Promise.resolve([]) };
const record = (offset: number): RawRecord => ({
  offset: String(offset),
  timestamp: '0',
  key: Buffer.from(String(offset)),
  value: null,
  headers: {},
});
const sliceOf = (count: number): Slice => ({
  topic: 'users',
  topicName: 'huma.users.v1',
  partition: 0,
  records: Array.from({ length: count }, (_, offset) => record(offset)),
});
const offsetsOf = (slice: Slice): number[] => slice.records.map((r) => Number(r.offset));

/** A table that refuses some records with the code of a PostgreSQL error; what was not committed is forgotten. */
const run = async (count: number, bad: ReadonlySet<number>, code = '22P05') => {
  const [handled, aside, positions]: [number[], number[], string[]] = [[], [], []];
  let transactions = 0;
  const runner = new SliceRunner(
    {
      transaction: async (work) => {
        transactions += 1;
        const before = [handled.length, aside.length, positions.length] as const;
        try {
          return await work(tx);
        } catch (error) {
          [handled.length, aside.length, positions.length] = before;
          throw error;
        }
      },
    },
    {
      handle: async (slice) => {
        if (offsetsOf(slice).some((offset) => bad.has(offset))) throw Object.assign(new Error('refused'), { code });
        handled.push(...offsetsOf(slice));
      },
      putAside: async (slice, _record, reason: Unreadable) => {
        expect(reason).toEqual({ code: 'bug', detail: `The record could not be handled (${code})` });
        aside.push(...offsetsOf(slice));
      },
    },
    async (_tx, _slice, from, to) => {
      expect(from).toBe(positions.at(-1) ?? '0');
      positions.push(to);
      return { backlog: null };
    },
    createLogger('test', 'silent'),
  );
  const end = await runner.run(sliceOf(count), '0', async () => undefined);
  return { handled, aside, end, transactions };
};

describe('SliceRunner', () => {
  it('handles every record once, in order, and puts aside only those that cannot be handled', async () => {
    const cases = fc
      .integer({ min: 1, max: 300 })
      .chain((count) =>
        fc.tuple(
          fc.constant(count),
          fc.uniqueArray(fc.nat(count - 1), { maxLength: 8 }),
          fc.constantFrom('22021', '54000'),
        ),
      );
    await fc.assert(
      fc.asyncProperty(cases, async ([count, list, code]) => {
        const bad = new Set(list);
        const { handled, aside, end, transactions } = await run(count, bad, code);
        const all = Array.from({ length: count }, (_, offset) => offset);
        expect(handled).toEqual(all.filter((offset) => !bad.has(offset)));
        expect(aside).toEqual(all.filter((offset) => bad.has(offset)));
        expect(end).toBe(String(count));
        // Each bad record fails once at every size, and its other half is done in one go.
        const sizes = Math.ceil(Math.log2(count)) + 1;
        expect(transactions).toBeLessThanOrEqual(1 + bad.size * (2 * sizes + 1));
      }),
    );
  });

  it('tries a record of a bug again, and does not wait for each of many', async () => {
    const all = new Set(Array.from({ length: 64 }, (_, offset) => offset));
    expect(await run(1, new Set([0]), 'XX000')).toMatchObject({ aside: [0], transactions: 4 });
    // 127 sizes of slices, 64 records put aside, and two more tries for three of them.
    expect(await run(64, all, 'XX000')).toMatchObject({ handled: [], transactions: 127 + 64 + 6 });
  });
});
