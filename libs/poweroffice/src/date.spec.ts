import fc from 'fast-check';
import { readDate } from './date.js';
import { isHidden } from './hidden.js';

describe('readDate', () => {
  it.each([
    ['2003-07-15', '2003-07-15'],
    ['2003-07-15T00:00:00', '2003-07-15'],
    ['2003-07-15T22:00:00.1234567+00:00', '2003-07-15'],
    ['2003-07-15 00:00:00 +00:00', '2003-07-15'],
    ['1990-05-14T22:00:00Z', '1990-05-14'],
    ['1990-05-14T00:00:00+02:00', '1990-05-14'],
    ['', null],
    [null, null],
    [undefined, null],
    ['0001-01-01T00:00:00', null],
    ['15.07.2003', null],
    ['2003-07-155', null],
  ])('%j is %j', (text, date) => expect(readDate(text)).toBe(date));

  it('is idempotent', () => {
    const day = fc.date({ min: new Date('1850-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
    fc.assert(fc.property(day, (date) => readDate(readDate(date.toISOString())) === date.toISOString().slice(0, 10)));
  });
});

describe('isHidden', () => {
  it.each([
    ['hidden', true],
    ['Hidden ', true],
    ['30011679680', false],
    ['', false],
    [null, false],
    [undefined, false],
  ])('%j: %s', (value, hidden) => expect(isHidden(value)).toBe(hidden));
});
