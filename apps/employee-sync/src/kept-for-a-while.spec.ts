import { keptForAWhile } from './kept-for-a-while.js';

it('is looked up once for everybody who asks, and again after five seconds', async () => {
  let [now, looks] = [0, 0];
  const figure = keptForAWhile(async () => (looks += 1), { now: () => now });
  expect(await Promise.all([figure(), figure(), figure()])).toEqual([1, 1, 1]);
  now = 4999;
  expect(await figure()).toBe(1);
  now = 5000;
  expect(await figure()).toBe(2);
});

it('takes at most a twentieth of the time', async () => {
  let [now, looks] = [0, 0];
  const figure = keptForAWhile(
    async () => {
      now += 1000;
      return (looks += 1);
    },
    { now: () => now },
  );
  await figure();
  now = 19_999;
  expect(await figure()).toBe(1);
  now = 20_000;
  expect(await figure()).toBe(2);
});

it('does not keep a failure', async () => {
  let looks = 0;
  const figure = keptForAWhile(
    async () => {
      looks += 1;
      if (looks === 1) throw new Error('the database is away');
      return looks;
    },
    { now: () => 0 },
  );
  await expect(figure()).rejects.toThrow('away');
  expect(await figure()).toBe(2);
});
