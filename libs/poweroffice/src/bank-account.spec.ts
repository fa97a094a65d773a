import fc from 'fast-check';
import { composeIBAN } from 'ibantools';
import { isBic, normalizeAccountNumber, norwegianAccountOf, parseIban, parseNorwegianAccount } from './bank-account.js';

const weights = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
const account = fc
  .stringMatching(/^[0-9]{10}$/)
  .map((ten) => ten + String((11 - (weights.reduce((total, w, i) => total + w * Number(ten[i]), 0) % 11)) % 11))
  .filter((number) => number.length === 11 && number !== '0'.repeat(11));
const toIban = (number: string) => composeIBAN({ countryCode: 'NO', bban: number }) ?? '';

const wrongDigits = (number: string, from: number) =>
  [...number].flatMap((digit, i) =>
    i < from || !/\d/.test(digit)
      ? []
      : [...'0123456789'].filter((d) => d !== digit).map((d) => number.slice(0, i) + d + number.slice(i + 1)),
  );

describe('parseNorwegianAccount', () => {
  it.each([
    ['12345678903', '12345678903'],
    ['1234 56 78903', '12345678903'],
    ['1234.56.78903', '12345678903'],
    ['1234\u00a056\u200b78903', '12345678903'],
    ['1234\u00a056\u00a078903', '12345678903'],
  ])('%j is %s', (text, number) => expect(parseNorwegianAccount(text)).toEqual({ ok: true, number }));

  it.each([
    ['', 'empty'],
    [null, 'empty'],
    ['1234567890', 'not-eleven-digits'],
    ['123456789033', 'not-eleven-digits'],
    ['1234567890X', 'not-eleven-digits'],
    ['NO9386011117947', 'not-eleven-digits'],
    ['12345678904', 'control-digit'],
    ['00000000000', 'control-digit'],
  ])('%j is none: %s', (text, reason) => expect(parseNorwegianAccount(text)).toEqual({ ok: false, reason }));

  it('catches every single wrong digit', () => {
    fc.assert(
      fc.property(account, (number) => {
        expect(parseNorwegianAccount(number)).toEqual({ ok: true, number });
        expect(wrongDigits(number, 0).filter((wrong) => parseNorwegianAccount(wrong).ok)).toEqual([]);
      }),
    );
  });
});

describe('parseIban', () => {
  it.each([
    ['NO93 8601 1117 947', 'NO9386011117947'],
    ['no9386011117947', 'NO9386011117947'],
    ['SE45 5000 0000 0583 9825 7466', 'SE4550000000058398257466'],
    ['GB29 NWBK 6016 1331 9268 19', 'GB29NWBK60161331926819'],
    ['YE15CBYE0001018861234567891234', 'YE15CBYE0001018861234567891234'],
    ['HN88CABF00000000000250005469', 'HN88CABF00000000000250005469'],
    ['OM810180000001299123456', 'OM810180000001299123456'],
    ['FK88SC123456789012', 'FK88SC123456789012'],
  ])('%j is %s', (text, number) => expect(parseIban(text)).toEqual({ ok: true, number }));

  it.each([
    ['', 'empty'],
    [null, 'empty'],
    ['NO9486011117947', 'invalid'],
    ['NO938601111794', 'invalid'],
    ['US9386011117947', 'invalid'],
    ['86011117947', 'invalid'],
    ['SE4550000000058398257467', 'invalid'],
  ])('%j is none: %s', (text, reason) => expect(parseIban(text)).toEqual({ ok: false, reason }));

  it('catches every single wrong digit', () => {
    fc.assert(
      fc.property(account.map(toIban), (iban) => {
        expect(parseIban(iban).ok).toBe(true);
        expect(wrongDigits(iban, 2).filter((wrong) => parseIban(wrong).ok)).toEqual([]);
      }),
    );
  });
});

describe('norwegianAccountOf', () => {
  it.each([
    ['NO93 8601 1117 947', '86011117947'],
    ['no9386011117947', '86011117947'],
    ['NO9486011117947', null],
    ['SE45 5000 0000 0583 9825 7466', null],
    ['86011117947', null],
    ['', null],
    [null, null],
  ])('%j holds %j', (iban, number) => expect(norwegianAccountOf(iban)).toBe(number));
});

describe('isBic', () => {
  it.each([
    ['DNBANOKK', true],
    ['DNBANOKKXXX', true],
    ['dnba no kk', true],
    ['DNBANOK', false],
    ['DNBAXXKK', false],
    ['1234NOKK', false],
    ['', false],
    [null, false],
  ])('%j: %s', (text, expected) => expect(isBic(text)).toBe(expected));
});

describe('normalizeAccountNumber', () => {
  it.each<[string | null, string | undefined, string]>([
    ['8601 11 17947', undefined, '86011117947'],
    ['NO93 8601 1117 947', undefined, '86011117947'],
    ['NO93 8601 1117 947', 'NO', '86011117947'],
    ['NO94 8601 1117 947', undefined, 'NO9486011117947'],
    ['se45 5000 0000 0583 9825 7466', 'SE', 'SE4550000000058398257466'],
    ['86011117947', 'PL', 'PL:86011117947'],
    ['86011117947', 'no', '86011117947'],
    ['', 'SE', ''],
    [null, undefined, ''],
  ])('%j of %j is %j', (text, country, expected) => expect(normalizeAccountNumber(text, country)).toBe(expected));

  it('makes one of a national number and its IBAN, however spaced, and is idempotent', () => {
    fc.assert(
      fc.property(account, (number) => {
        const iban = toIban(number);
        const spaced = iban.replace(/(.{4})/g, '$1 ').toLowerCase();
        for (const text of [number, iban, spaced, normalizeAccountNumber(iban)])
          expect(normalizeAccountNumber(text)).toBe(number);
      }),
    );
  });

  it('keeps different accounts apart', () => {
    fc.assert(
      fc.property(account, account, (a, b) => {
        expect(normalizeAccountNumber(a) === normalizeAccountNumber(toIban(b))).toBe(a === b);
        expect(normalizeAccountNumber(a, 'SE')).not.toBe(normalizeAccountNumber(a));
      }),
    );
  });
});
