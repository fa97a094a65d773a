import fc from 'fast-check';
import { parseDate } from './date.js';

const read = (text: string | null) => {
  const date = parseDate(text);
  return date.ok ? date.date : date.reason;
};

describe('parseDate', () => {
  it.each([
    ['1984-02-29', '1984-02-29'],
    [' 1984-02-29 ', '1984-02-29'],
    ['2000-02-29', '2000-02-29'],
    ['2003-07-15T23:59:59.9999999+02:00', '2003-07-15'],
    ['2003-07-15t00:00:00z', '2003-07-15'],
    ['2003-07-15 00:00:00 +00:00', '2003-07-15'],
    ['1990-05-14T22:00:00Z', '1990-05-14'],
    ['1990-05-14T00:00:00+02:00', '1990-05-14'],
    ['1850-01-01', '1850-01-01'],
    ['2199-12-31', '2199-12-31'],
  ])('%j is %s', (text, date) => expect(read(text)).toBe(date));

  it.each([
    ['', 'empty'],
    [null, 'empty'],
    ['1983-02-29', 'not-a-date'],
    ['1900-02-29', 'not-a-date'],
    ['2003-04-31', 'not-a-date'],
    ['2003-13-01', 'not-a-date'],
    ['2003-00-10', 'not-a-date'],
    ['2003-01-00', 'not-a-date'],
    ['2003-01-32', 'not-a-date'],
    ['2003-7-5', 'not-a-date'],
    ['15.07.2003', 'not-a-date'],
    ['2003-07-155', 'not-a-date'],
    ['20030715', 'not-a-date'],
    ['x2003-07-15', 'not-a-date'],
    ['0001-01-01', 'out-of-range'],
    ['9999-12-31T00:00:00', 'out-of-range'],
    ['1849-12-31', 'out-of-range'],
    ['2200-01-01', 'out-of-range'],
  ])('%j is no date: %s', (text, reason) => expect(read(text)).toBe(reason));

  it('reads every day of its years, with or without a time part', () => {
    const day = fc.date({ min: new Date('1850-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, (date) => {
        const text = date.toISOString();
        expect([read(text), read(text.slice(0, 10))]).toEqual([text.slice(0, 10), text.slice(0, 10)]);
      }),
    );
  });

  it('accepts exactly the days that exist', () => {
    const two = fc.integer({ min: 0, max: 99 }).map((n) => String(n).padStart(2, '0'));
    fc.assert(
      fc.property(fc.integer({ min: 1850, max: 2199 }), two, two, (year, month, day) => {
        const text = `${year}-${month}-${day}`;
        const date = new Date(`${text}T00:00:00Z`);
        const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
        expect(parseDate(text).ok).toBe(exists);
      }),
      { numRuns: 2000 },
    );
  });
});
