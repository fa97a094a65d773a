import fc from 'fast-check';
import { dayBefore, newestStamp } from './changed-since.js';

describe('newestStamp', () => {
  it.each<[(string | null)[], string | null]>([
    [[], null],
    [[null, 'soon', '2026-11-26'], null],
    [['2026-11-26T20:00:00', '2026-11-26T19:00:00', null], '2026-11-26T20:00:00'],
    [['2026-11-26 20:00:00.1234567 +01:00', '2026-11-26T19:59:59Z'], '2026-11-26 20:00:00.1234567 +01:00'],
    [['2026-11-26T20:00:00.5', '2026-11-26T20:00:00.25'], '2026-11-26T20:00:00.5'],
  ])('of %j is %j', (stamps, newest) => expect(newestStamp(stamps)).toBe(newest));
});

describe('dayBefore', () => {
  it.each<[string | null, string | null]>([
    ['2026-11-26T20:00:00', '2026-11-25T20:00:00'],
    ['2026-03-01 08:15:12.123456+00:00', '2026-02-28 08:15:12.123456+00:00'],
    ['2024-03-01T00:00:00.1234567 +01:00', '2024-02-29T00:00:00.1234567 +01:00'],
    ['2026-01-01T00:00:00Z', '2025-12-31T00:00:00Z'],
    ['2026-11-26', null],
    ['soon', null],
    [null, null],
  ])('%j is %j', (stamp, before) => expect(dayBefore(stamp)).toBe(before));

  it('is exactly a day earlier, and keeps the time and the offset as they are', () => {
    const stamp = fc
      .date({ min: new Date('2000-01-02'), max: new Date('2099-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString());
    fc.assert(
      fc.property(stamp, fc.constantFrom('Z', '', '+01:00', ' +02:00'), (text, offset) => {
        const before = dayBefore(text.slice(0, -1) + offset);
        expect(before?.slice(10)).toBe(text.slice(10, -1) + offset);
        expect(Date.parse(text.slice(0, 10)) - Date.parse(before?.slice(0, 10) ?? '')).toBe(86_400_000);
      }),
    );
  });
});
