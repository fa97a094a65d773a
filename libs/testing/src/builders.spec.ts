import { readEvent } from '@huma-poweroffice/contracts';
import fc from 'fast-check';
import { aHumaUser, aUserChanged, bankAccountOf, nationalIdOf } from './index.js';

const mod11 = (digits: string, weights: number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0) % 11;

const years = fc.date({ min: new Date('1900-01-01'), max: new Date('2039-12-31'), noInvalidDate: true });
const genders = fc.constantFrom('Male' as const, 'Female' as const);

test('a national identity number holds both control digits, the date and the gender', () => {
  fc.assert(
    fc.property(years, genders, fc.nat(), (date, gender, serial) => {
      const birthDate = date.toISOString().slice(0, 10);
      const id = nationalIdOf(birthDate, gender, serial);
      expect(id).toMatch(/^\d{11}$/);
      expect(mod11(id, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1])).toBe(0);
      expect(mod11(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1])).toBe(0);
      expect(id.slice(0, 6)).toBe(birthDate.slice(8) + birthDate.slice(5, 7) + birthDate.slice(2, 4));
      expect(Number(id[8]) % 2).toBe(gender === 'Male' ? 1 : 0);
    }),
  );
});

test('bank accounts hold their control digit and differ', () => {
  const numbers = Array.from({ length: 2_000 }, (_, serial) => bankAccountOf(serial));
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const number of numbers) {
    expect(number).toMatch(/^\d{11}$/);
    expect(mod11(number, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1])).toBe(0);
  }
});

test('what the builders make is readable by the contract, and overrides win', () => {
  const change = aUserChanged({ version: 7, user: aHumaUser({ givenName: 'Nils' }) });
  expect(readEvent('users', 'huma.user.updated.v1', change)).toMatchObject({ ok: true });
  expect(change).toMatchObject({ version: 7, user: { givenName: 'Nils' } });
});
