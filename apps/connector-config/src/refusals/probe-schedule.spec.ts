import fc from 'fast-check';
import { nextProbe, type ProbeIntervals } from './probe-schedule.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const intervals: ProbeIntervals = {
  heldMs: 3 * MINUTE,
  longestHeldMs: 6 * HOUR,
  awaitedMs: 5 * MINUTE,
  longestAwaitedMs: DAY,
};

/** The moments of the probes of one connection that stays as it is. */
const moments = (state: { held: boolean; awaited: boolean }, untilMs: number): number[] => {
  const probes: number[] = [];
  let at = state.held ? intervals.heldMs : 0;
  for (let tries = 1; at < untilMs; tries += 1) {
    probes.push(at);
    at += nextProbe({ ...state, learned: true, tries }, intervals) ?? Infinity;
  }
  return probes;
};
const onDay = (probes: readonly number[], day: number): number =>
  probes.filter((at) => at >= day * DAY && at < (day + 1) * DAY).length;

describe('the schedule of probes', () => {
  it('asks about a held connection within minutes at first, and at most four times a day later', () => {
    const probes = moments({ held: true, awaited: false }, 10 * DAY);
    expect(probes.filter((at) => at < HOUR).length).toBeGreaterThanOrEqual(3);
    expect(onDay(probes, 0)).toBeLessThanOrEqual(11);
    for (let day = 1; day < 10; day += 1) expect(onDay(probes, day)).toBeLessThanOrEqual(4);
  });

  it('costs ten held connections at most 80 requests a day after the first', () => {
    const probes = Array.from({ length: 10 }, () => moments({ held: true, awaited: true }, 5 * DAY)).flat();
    expect(2 * onDay(probes, 3)).toBeLessThanOrEqual(80);
  });

  it('asks for a privilege within minutes at first, and once a day later', () => {
    const probes = moments({ held: false, awaited: true }, 10 * DAY);
    expect(probes.filter((at) => at < HOUR).length).toBeGreaterThanOrEqual(3);
    for (let day = 3; day < 10; day += 1) expect(onDay(probes, day)).toBeLessThanOrEqual(1);
  });

  it('asks for nothing while nothing waits, and again soon where PowerOffice did not answer', () => {
    expect(nextProbe({ held: false, awaited: false, learned: true, tries: 1 }, intervals)).toBeNull();
    expect(nextProbe({ held: false, awaited: false, learned: false, tries: 1 }, intervals)).toBe(3 * MINUTE);
  });

  it('never asks sooner than the time before, whatever the state', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.nat(1000), (held, awaited, tries) => {
        const [one, next] = [tries, tries + 1].map((n) =>
          nextProbe({ held, awaited, learned: true, tries: n }, intervals),
        );
        expect(next ?? Infinity).toBeGreaterThanOrEqual(one ?? Infinity);
        expect(one ?? Infinity).toBeGreaterThanOrEqual(3 * MINUTE);
      }),
    );
  });
});
