import { Looker } from './looker.js';

/** Looks that end when they are let go. */
const gated = () => {
  const ends: ((failed?: Error) => void)[] = [];
  let began = 0;
  const looker = new Looker(() => {
    began += 1;
    const no = began;
    return new Promise<number>((resolve, reject) => ends.push((failed) => (failed ? reject(failed) : resolve(no))));
  });
  return { looker, ends, began: () => began };
};

it('has one look under way and one pending, whatever the number of callers', async () => {
  const { looker, ends, began } = gated();
  const first = looker.look();
  const rest = Array.from({ length: 1000 }, () => looker.look());
  expect(began()).toBe(1);
  ends[0]?.();
  expect(await first).toBe(1);
  const late = looker.look();
  ends[1]?.();
  expect(new Set(await Promise.all(rest))).toEqual(new Set([2]));
  expect(began()).toBeLessThanOrEqual(3);
  ends[2]?.();
  expect(await late).toBeGreaterThanOrEqual(2);
});

it('a look that fails does not fail the next one', async () => {
  const { looker, ends } = gated();
  const first = looker.look();
  const second = looker.look();
  ends[0]?.(new Error('the database is away'));
  await expect(first).rejects.toThrow('away');
  await Promise.resolve();
  ends[1]?.();
  expect(await second).toBe(2);
});
