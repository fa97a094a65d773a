import fc from 'fast-check';
import { parseNationalId, pickNationalId, sameNationalId } from './national-id.js';

const k1 = [3, 7, 6, 1, 8, 9, 4, 5, 2];
const k2 = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
const sum = (digits: string, weights: number[]) => weights.reduce((total, w, i) => total + w * Number(digits[i]), 0);

/** The number that nine digits make when the first control digit leaves `rest`; null where there is none. */
const withControlDigits = (nine: string, rest = 0): string | null => {
  const first = (rest + 11 - (sum(nine, k1) % 11)) % 11;
  if (first === 10) return null;
  const second = (11 - (sum(nine + first, k2) % 11)) % 11;
  return second === 10 ? null : `${nine}${first}${second}`;
};

const two = (n: number) => String(n).padStart(2, '0');

/** Nine digits of somebody born on a day that exists. */
const nine = (dayOffset = 0, monthOffset = 0) =>
  fc
    .tuple(
      fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
      fc.stringMatching(/^[0-9]{3}$/),
    )
    .map(
      ([date, individual]) =>
        two(date.getUTCDate() + dayOffset) +
        two(date.getUTCMonth() + 1 + monthOffset) +
        two(date.getUTCFullYear() % 100) +
        individual,
    );

const numbers = (digits: fc.Arbitrary<string>, rest: fc.Arbitrary<number> = fc.constant(0)) =>
  fc
    .tuple(digits, rest)
    .map(([text, r]) => withControlDigits(text, r))
    .filter((number) => number !== null);

const anyRest = fc.integer({ min: 0, max: 3 });

describe('parseNationalId', () => {
  it.each([
    ['30011679680', 'fodselsnummer', '30011679680'],
    ['311299 56715', 'fodselsnummer', '31129956715'],
    ['311299-56715', 'fodselsnummer', '31129956715'],
    ['\u00a031.12.99 56715\u200b', 'fodselsnummer', '31129956715'],
    ['11111598403', 'fodselsnummer', '11111598403'],
    ['23114048690', 'fodselsnummer', '23114048690'],
    ['55039010037', 'd-number', '55039010037'],
    ['55039060050', 'd-number', '55039060050'],
  ])('%j is a %s', (text, kind, number) => {
    expect(parseNationalId(text)).toEqual({ ok: true, kind, number, synthetic: false });
  });

  it.each([
    ['', 'empty'],
    [null, 'empty'],
    [' - ', 'empty'],
    ['3001167968', 'not-eleven-digits'],
    ['300116796800', 'not-eleven-digits'],
    ['hidden', 'not-eleven-digits'],
    ['3001167968O', 'not-eleven-digits'],
    ['٣٠٠١١٦٧٩٦٨٠', 'not-eleven-digits'],
    ['00000000000', 'no-date'],
    ['32011679680', 'no-date'],
    ['30021679680', 'no-date'],
    ['29020179680', 'no-date'],
    ['72011679680', 'no-date'],
    ['30131679680', 'no-date'],
    ['30011679681', 'control-digits'],
    ['30011679690', 'control-digits'],
    ['15839010009', 'synthetic'],
    ['15439010026', 'synthetic'],
    ['15689010072', 'no-date'],
    ['55839010183', 'synthetic'],
  ])('%j is none: %s', (text, reason) => expect(parseNationalId(text)).toEqual({ ok: false, reason }));

  it('accepts what the rules of 1964 and of 2032 make', () => {
    fc.assert(
      fc.property(numbers(nine(), anyRest), (number) => {
        expect(parseNationalId(number)).toEqual({ ok: true, kind: 'fodselsnummer', number, synthetic: false });
      }),
    );
    fc.assert(
      fc.property(numbers(nine(40), anyRest), (number) => {
        expect(parseNationalId(number)).toEqual({ ok: true, kind: 'd-number', number, synthetic: false });
      }),
    );
  });

  it('refuses any other first control digit', () => {
    fc.assert(
      fc.property(numbers(nine(), fc.integer({ min: 4, max: 10 })), (number) => {
        expect(parseNationalId(number)).toEqual({ ok: false, reason: 'control-digits' });
      }),
    );
  });

  it('catches every single wrong digit and every swap of neighbours', () => {
    fc.assert(
      fc.property(numbers(nine(), anyRest), (number) => {
        for (let i = 0; i < 11; i += 1) {
          for (let digit = 0; digit < 10; digit += 1) {
            const wrong = number.slice(0, i) + String(digit) + number.slice(i + 1);
            if (wrong !== number) expect(parseNationalId(wrong).ok).toBe(false);
          }
          const swapped = number.slice(0, i) + (number[i + 1] ?? '') + (number[i] ?? '') + number.slice(i + 2);
          if (swapped !== number && i < 10) expect(parseNationalId(swapped).ok).toBe(false);
        }
      }),
    );
  });

  it.each([80, 40])('refuses numbers of test people (month + %i) unless asked for', (monthOffset) => {
    for (const dayOffset of [0, 40])
      fc.assert(
        fc.property(numbers(nine(dayOffset, monthOffset), anyRest), (number) => {
          expect(parseNationalId(number)).toEqual({ ok: false, reason: 'synthetic' });
          expect(parseNationalId(number, { allowSynthetic: true })).toMatchObject({
            ok: true,
            number,
            synthetic: true,
          });
        }),
      );
  });

  it('does not depend on spaces', () => {
    fc.assert(
      fc.property(numbers(nine(), anyRest), fc.nat(11), (number, at) => {
        expect(parseNationalId(`${number.slice(0, at)} ${number.slice(at)}`)).toEqual(parseNationalId(number));
      }),
    );
  });
});

describe('sameNationalId', () => {
  it.each([
    ['30011679680', '300116 79680', true],
    ['30011679680', '300116-79680', true],
    ['30011679680', '30.01.16 79680\u200b', true],
    ['30011679680', '30011679681', false],
    ['30011679680', '', false],
  ])('%j and %j: %s', (a, b, same) => expect([sameNationalId(a, b), sameNationalId(b, a)]).toEqual([same, same]));
});

describe('pickNationalId', () => {
  it.each<[string, string[], string | null]>([
    ['nothing', [], null],
    ['the only one, also when it is wrong', ['123'], '123'],
    ['a valid one', ['123', '55039010037'], '55039010037'],
    ['a national identity number before a D-number', ['55039010037', '30011679680'], '30011679680'],
    ['a valid D-number before a wrong identity number', ['30011679681', '55039010037'], '55039010037'],
    ['the smallest', ['311299 56715', '11111598403'], '11111598403'],
  ])('picks %s', (_, texts, picked) => expect(pickNationalId(texts)).toBe(picked));

  it('picks the same one whatever their order', () => {
    const text = fc.oneof(
      numbers(nine()),
      numbers(nine(40)),
      fc.string(),
      fc.constantFrom('311299 56715', '31129956715'),
    );
    const shuffled = fc
      .array(text, { maxLength: 5 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const picked = pickNationalId(list);
        expect(pickNationalId(other)).toBe(picked);
        const isValid = (number: string | null) => parseNationalId(number).ok;
        expect(isValid(picked)).toBe(list.some(isValid));
      }),
    );
  });
});
