import fc from 'fast-check';
import { parseGender } from './gender.js';
import { toPerson, type Address, type BankAccount, type Person } from './person.js';
import type { HumaUser } from './user.js';

const kari: HumaUser = {
  givenName: ' Kari\u00a0Anne ',
  familyName: 'Nord\u200bmann',
  email: ' Kari@Example.no ',
  phone: '400 00 001',
  birthDate: '1984-02-29T00:00:00',
  gender: 'Female',
  homeAddress: { line1: 'Storgata 1', line2: ' ', postalCode: '0161', city: 'Oslo', country: 'no' },
  bankAccount: { type: 'National', country: 'no', number: '1234 56 78903' },
  employmentId: ' 00123 ',
  identifications: [{ id: 'i1', type: 'NATIONAL', country: 'no', value: '300116 79680' }],
  companies: ['c1'],
  locations: [],
  teams: ['t1'],
  active: true,
};

describe('toPerson', () => {
  it('settles spelling once', () => {
    expect(toPerson(kari)).toEqual<Person>({
      givenName: 'Kari Anne',
      familyName: 'Nordmann',
      email: 'Kari@Example.no',
      phone: '400 00 001',
      birthDate: '1984-02-29',
      gender: 'Female',
      homeAddress: {
        line1: 'Storgata 1',
        line2: null,
        line3: null,
        postalCode: '0161',
        city: 'Oslo',
        country: 'NO',
      },
      bankAccount: { type: 'national', country: 'NO', number: '1234 56 78903' },
      employmentId: '00123',
      identifications: [{ id: 'i1', type: 'national', country: 'NO', value: '300116 79680' }],
      companies: ['c1'],
      locations: [],
      teams: ['t1'],
      active: true,
    });
  });

  it('takes a missing, null or blank field for no value', () => {
    const { givenName, familyName, email, companies, locations, teams, active } = kari;
    const bare: HumaUser = { givenName, familyName, email, companies, locations, teams, active };
    const nulls: HumaUser = {
      ...bare,
      phone: null,
      birthDate: null,
      gender: null,
      homeAddress: null,
      bankAccount: null,
      employmentId: null,
      identifications: null,
    };
    const blanks: HumaUser = {
      ...bare,
      phone: ' ',
      birthDate: '',
      gender: '\u00a0',
      homeAddress: { line1: '', city: ' ', country: 'NO' },
      bankAccount: { type: 'national', country: 'NO', number: '' },
      employmentId: '',
      identifications: [{ id: 'i', type: 'national', country: 'NO', value: ' ' }],
    };
    expect(toPerson(nulls)).toEqual(toPerson(bare));
    expect(toPerson(blanks)).toEqual(toPerson(bare));
    expect(toPerson(bare)).toMatchObject({ phone: null, homeAddress: null, bankAccount: null, identifications: [] });
  });

  it.each<[HumaUser['bankAccount'], BankAccount | null]>([
    [
      { type: 'INTERNATIONAL', iban: 'SE45 5000', bic: ' ' },
      { type: 'international', iban: 'SE45 5000', bic: null },
    ],
    [{ type: 'international', iban: ' ', bic: 'DNBANOKK' }, null],
    [
      { type: 'national', number: '1' },
      { type: 'national', country: null, number: '1' },
    ],
    [{ type: 'crypto', number: '1' }, { type: 'unknown' }],
  ])('reads the bank account %j', (account, expected) => {
    expect(toPerson({ ...kari, bankAccount: account ?? null }).bankAccount).toEqual(expected);
  });

  it('keeps an address of which only a part is known', () => {
    const none: Address = { line1: null, line2: null, line3: null, postalCode: null, city: null, country: null };
    expect(toPerson({ ...kari, homeAddress: { line3: 'c/o Ola' } }).homeAddress).toEqual({ ...none, line3: 'c/o Ola' });
  });

  it('keeps a birth date that is none, for somebody to be told', () => {
    expect(toPerson({ ...kari, birthDate: ' 31.12.84 ' }).birthDate).toBe('31.12.84');
  });

  it('makes the same person of its own result', () => {
    const text = fc.option(fc.string({ unit: 'grapheme' }));
    const user = fc.record({
      givenName: fc.string(),
      familyName: fc.string(),
      email: fc.emailAddress(),
      phone: text,
      birthDate: text,
      gender: text,
      employmentId: text,
      homeAddress: fc.option(
        fc.record({ line1: text, line2: text, line3: text, postalCode: text, city: text, country: text }),
      ),
      bankAccount: fc.option(
        fc.record({
          type: fc.constantFrom('National', 'international', 'x'),
          number: text,
          country: text,
          iban: text,
          bic: text,
        }),
      ),
    });
    fc.assert(
      fc.property(user, (values) => {
        const person = toPerson({ ...kari, ...values });
        const again = {
          ...person,
          givenName: person.givenName ?? '',
          familyName: person.familyName ?? '',
          email: person.email ?? '',
        };
        expect(toPerson(again)).toEqual(person);
      }),
    );
  });
});

describe('parseGender', () => {
  it.each([
    ['Male', 'Male'],
    ['FEMALE', 'Female'],
    [' male ', 'Male'],
    ['Non-binary', 'custom'],
    ['Mann', 'custom'],
    ['', null],
    [' ', null],
    [null, null],
  ])('%j is %j', (text, gender) => expect(parseGender(text)).toBe(gender));
});
