import { cached } from './cached.js';

it('is called once for all who ask at the same time, and again when its result is old', async () => {
  let [calls, now] = [0, 0];
  const call = cached(
    async () => (calls += 1),
    () => 5000,
    () => now,
  );
  expect(await Promise.all([call(), call(), call()])).toEqual([1, 1, 1]);
  now = 4999;
  expect(await call()).toBe(1);
  now = 5000;
  expect(await call()).toBe(2);
});

it('does not keep a failure', async () => {
  let calls = 0;
  const call = cached(
    async () => {
      calls += 1;
      if (calls === 1) throw new Error('no');
      return calls;
    },
    () => 5000,
  );
  await expect(call()).rejects.toThrow('no');
  expect(await call()).toBe(2);
});
