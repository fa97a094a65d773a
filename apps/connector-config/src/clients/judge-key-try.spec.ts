import fc from 'fast-check';
import { judgeKeyTry, type KeyTryLimits, type PastTry } from './judge-key-try.js';

const MINUTE = 60_000;
const limits: KeyTryLimits = {
  perMinute: 5,
  atOnce: 1,
  atOnceOfOrganization: 2,
  refusedPerHour: 20,
  refusedBeforePause: 5,
  pauseWithinMs: 10 * MINUTE,
  pauseMs: 15 * MINUTE,
};
const aTry = (agoMs: number, change: Partial<PastTry> = {}): PastTry => ({
  caller: 'kari',
  agoMs,
  underWay: false,
  refused: false,
  ...change,
});
const refused = (...agesMs: number[]): PastTry[] => agesMs.map((age) => aTry(age, { refused: true }));
const waitOf = (past: readonly PastTry[], caller = 'kari'): number => {
  const verdict = judgeKeyTry(past, caller, limits);
  return verdict.outcome === 'allowed' ? 0 : verdict.waitMs;
};

describe('trying a key', () => {
  it('is allowed five times a minute, of one person', () => {
    const four = [1, 2, 3, 4].map((n) => aTry(n * 1000));
    expect(waitOf(four)).toBe(0);
    expect(waitOf([...four, aTry(50_000)])).toBe(10_000);
    expect(waitOf([...four, aTry(50_000)], 'ola')).toBe(0);
  });

  it('is allowed one at a time of a person, two of an organisation', () => {
    const own = aTry(100_000, { underWay: true });
    const other = aTry(100_000, { underWay: true, caller: 'ola' });
    expect(judgeKeyTry([own], 'kari', limits)).toMatchObject({ code: 'key-try-under-way' });
    expect(judgeKeyTry([other], 'kari', limits)).toEqual({ outcome: 'allowed' });
    const third = aTry(100_000, { underWay: true, caller: 'per' });
    expect(judgeKeyTry([other, third], 'kari', limits)).toMatchObject({ code: 'key-try-under-way' });
  });

  it('pauses the organisation for 15 minutes after 5 refused keys within 10', () => {
    const five = refused(2 * MINUTE, 4 * MINUTE, 6 * MINUTE, 8 * MINUTE, 10 * MINUTE);
    expect(waitOf(five.slice(1))).toBe(0);
    expect(waitOf(five, 'ola')).toBe(13 * MINUTE);
    expect(waitOf(refused(2 * MINUTE, 4 * MINUTE, 6 * MINUTE, 8 * MINUTE, 13 * MINUTE))).toBe(0);
  });

  it('is stopped at 20 refused keys an hour, however they are spread', () => {
    const spread = refused(...Array.from({ length: 20 }, (_, n) => n * 2.9 * MINUTE + MINUTE));
    expect(waitOf(spread)).toBeGreaterThan(0);
  });

  it('never lets more through than the limits allow, whatever is tried and however often', () => {
    const attempt = fc.record({
      afterMs: fc.integer({ min: 0, max: 120_000 }),
      caller: fc.constantFrom('kari', 'ola', 'per'),
      refused: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 300 }), (attempts) => {
        let now = 0;
        const allowed: { at: number; caller: string; refused: boolean }[] = [];
        for (const { afterMs, ...one } of attempts) {
          now += afterMs;
          const past = allowed
            .map(({ at, ...rest }) => ({ ...rest, agoMs: now - at, underWay: false }))
            .filter(({ agoMs }) => agoMs < 60 * MINUTE);
          const verdict = judgeKeyTry(past, one.caller, limits);
          if (verdict.outcome === 'allowed') allowed.push({ ...one, at: now });
        }
        const most = (of: typeof allowed, windowMs: number): number =>
          Math.max(0, ...of.map(({ at }) => of.filter((o) => o.at >= at && o.at < at + windowMs).length));
        for (const caller of ['kari', 'ola', 'per'])
          expect(
            most(
              allowed.filter((a) => a.caller === caller),
              MINUTE,
            ),
          ).toBeLessThanOrEqual(limits.perMinute);
        const refusals = allowed.filter((a) => a.refused);
        expect(most(refusals, 60 * MINUTE)).toBeLessThanOrEqual(limits.refusedPerHour);
        expect(most(refusals, 10 * MINUTE)).toBeLessThanOrEqual(limits.refusedBeforePause);
      }),
    );
  });
});
