import fc from 'fast-check';
import { isInt64, sameNumber } from './int64.js';

describe('isInt64', () => {
  it.each(['0', '1', '-1', '9223372036854775807', '-9223372036854775808'])('accepts %s', (text) =>
    expect(isInt64(text)).toBe(true),
  );
  it.each([
    '',
    '-0',
    '00',
    '+1',
    '1.0',
    '1e3',
    ' 1',
    '9223372036854775808',
    '-9223372036854775809',
    '٣',
    '1'.repeat(40),
  ])('refuses %j', (text) => expect(isInt64(text)).toBe(false));
  it('accepts the spelling of every 64-bit integer', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (number) => isInt64(String(number))));
  });
});

describe('sameNumber', () => {
  it.each([
    ['00123', '123', true],
    [' 123 ', '123', true],
    ['0', '000', true],
    ['123', '1230', false],
    ['9223372036854775807', '9223372036854775808', false],
    ['A12', 'A12', true],
    ['A12', 'a12', false],
    ['A012', 'A12', false],
    ['12', 'A12', false],
  ])('%j and %j: %s', (a, b, same) => expect([sameNumber(a, b), sameNumber(b, a)]).toEqual([same, same]));

  it('compares as numbers', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), fc.nat(5), (a, b, zeros) => {
        expect(sameNumber('0'.repeat(zeros) + String(a), String(a))).toBe(true);
        expect(sameNumber(String(a), String(b))).toBe(a === b);
      }),
    );
  });
});
