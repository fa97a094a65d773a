import fc from 'fast-check';
import { mostInASecond, percentile, rate } from './figures.js';

it('takes the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile(hundred, 1)]).toEqual([50, 99, 100]);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

it('counts the fullest second', () => {
  expect(mostInASecond([])).toBe(0);
  expect(mostInASecond([0, 999.9, 1000, 1999.9])).toBe(2);
  const times = fc.array(fc.integer({ min: 0, max: 5000 }));
  fc.assert(
    fc.property(times, (all) => {
      const slow = Math.max(0, ...all.map((from) => all.filter((t) => t >= from && t < from + 1000).length));
      expect(mostInASecond(all)).toBe(slow);
    }),
  );
});

it('gives a rate per second', () => {
  expect(rate(30, 1000, 4000)).toBe(10);
});
