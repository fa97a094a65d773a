import fc from 'fast-check';
import { toPerson, type Person } from '@huma-poweroffice/huma';
import type { Employee } from '@huma-poweroffice/poweroffice';
import { fieldRules, fields, humaValues, mapValue, sameShown, shownValues, type Field } from './fields.js';
import { patchOperations } from './patch.js';
import type { Json } from './json.js';

const series = [{ from: '10000', to: '99999' }];
const person: Person = {
  givenName: 'Kari',
  familyName: 'Nordmann',
  email: 'Kari@Example.com',
  phone: '91 23 45 67',
  birthDate: '1985-04-12',
  gender: 'Female',
  homeAddress: {
    line1: 'Storgata 1',
    line2: 'H0201',
    line3: 'c/o Hansen',
    postalCode: '0155',
    city: 'Oslo',
    country: 'NO',
  },
  bankAccount: { type: 'national', country: 'NO', number: '1234.56.78903' },
  employmentId: '10017',
  identifications: [],
  companies: [],
  locations: [],
  teams: [],
  active: true,
};
const employee: Employee = {
  id: '1',
  number: '10017',
  firstName: 'Kari',
  lastName: 'Nordmann',
  emailAddress: 'kari@example.com ',
  phoneNumber: '+47 912 34 567',
  dateOfBirth: '1985-04-12T00:00:00',
  gender: 'Female',
  nationalIdNumber: 'hidden',
  jobTitle: null,
  startDate: null,
  endDate: null,
  mailAddress: {
    id: '5',
    addressLine1: 'Storgata 1, H0201',
    addressLine2: 'c/o Hansen',
    zipCode: '0155',
    city: 'OSLO',
    countryCode: null,
    externalCode: null,
    lastChangedDateTimeOffset: null,
  } as NonNullable<Employee['mailAddress']>,
  externalImportReference: null,
  isArchived: false,
  salaryBankAccountId: '9',
  lastChangedDateTimeOffset: null,
} as Employee;
const accounts = [
  {
    id: '9',
    contactId: '1',
    bankAccountNumber: '1234 56 78903',
    countryCode: 'NO',
    bicSwift: null,
    isActive: true,
    lastChangedDateTimeOffset: null,
  },
] as Parameters<typeof shownValues>[1];

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('', ' ', '-', 'Å', 'A\u030a', 'ß', 'İ', '\u00a0', '1985-02-28', '+47 912 34 567', '4711', 'Male'),
);
const maybe = fc.option(anyText);
/** Anything that Huma may publish. */
const aPerson = fc.record({
  givenName: anyText,
  familyName: anyText,
  email: fc.oneof(anyText, fc.emailAddress()),
  phone: fc.oneof(maybe, fc.stringMatching(/^(\+47|0046)? ?[2-9][0-9]{7}$/)),
  birthDate: maybe,
  gender: maybe,
  homeAddress: fc.option(
    fc.record({ line1: maybe, line2: maybe, line3: maybe, postalCode: maybe, city: maybe, country: fc.constant('NO') }),
  ),
  bankAccount: fc.constantFrom(
    null,
    { type: 'National', country: 'no', number: '1234.56.78903' },
    { type: 'international', iban: 'no93 8601 1117 947', bic: null },
    { type: 'INTERNATIONAL', iban: 'SE45 5000 0000 0583 9825 7466', bic: 'esses ess' },
  ),
  employmentId: fc.oneof(maybe, fc.nat().map(String)),
  identifications: fc.constantFrom([], [{ id: 'i', type: 'National', country: 'no', value: '300116-79680' }]),
  companies: fc.constant([]),
  locations: fc.constant([]),
  teams: fc.constant([]),
  active: fc.constant(true),
});

const property: Readonly<Record<Exclude<Field, 'bankAccount'>, keyof Employee>> = {
  email: 'emailAddress',
  givenName: 'firstName',
  familyName: 'lastName',
  phone: 'phoneNumber',
  birthDate: 'dateOfBirth',
  employmentId: 'number',
  gender: 'gender',
  homeAddress: 'mailAddress',
  nationalId: 'nationalIdNumber',
  startDate: 'startDate',
  endDate: 'endDate',
  jobTitle: 'jobTitle',
};

/** The employee, and the accounts, that hold what was sent; PowerOffice may put spaces into an account's number. */
const held = (field: Field, sent: Json): [Employee, typeof accounts] => {
  if (field !== 'bankAccount') return [{ ...employee, [property[field]]: sent }, null];
  const { number, country, bic } = sent as { number: string; country: string; bic: string | null };
  const spaced = number.replace(/(.{4})(.{2})/, '$1 $2 ');
  return [employee, [{ ...accounts![0]!, bankAccountNumber: spaced, countryCode: country, bicSwift: bic }]];
};

describe('the map of fields', () => {
  it('sends and shows the same person as equal, field by field', () => {
    const values = humaValues(person, null);
    const shown = shownValues(employee, accounts);
    for (const field of fields) {
      const value = values[field];
      const there = shown[field];
      if (value === undefined || value === null || there === undefined) continue;
      const mapped = mapValue(field, value, { series, today: '2026-11-26' });
      expect([field, 'send' in mapped && sameShown(field, mapped.send, there)]).toEqual([field, true]);
    }
  });

  it('does not know what is hidden, and says nothing of positions without facts', () => {
    expect(shownValues({ ...employee, gender: 'Hidden' }, null)).not.toHaveProperty('gender');
    expect(shownValues(employee, null)).not.toHaveProperty('nationalId');
    expect(shownValues(employee, null)).not.toHaveProperty('bankAccount');
    const values = humaValues(person, null);
    for (const field of ['startDate', 'endDate', 'jobTitle'] as const) expect(values).not.toHaveProperty(field);
  });

  it.each<[Field, Json, string]>([
    ['email', 'kari at example', 'invalid-email'],
    ['phone', 'call me', 'invalid-phone'],
    ['birthDate', '1985-02-30', 'invalid-date'],
    ['employmentId', '00123', 'number-leading-zeros'],
    ['employmentId', 'A-17', 'number-not-a-number'],
    ['employmentId', '9', 'number-outside-series'],
    ['employmentId', '99999999999999999999', 'number-too-big'],
    ['nationalId', '12345678901', 'invalid-national-id'],
    [
      'homeAddress',
      { line1: 'x'.repeat(201), line2: null, line3: null, postalCode: '0155', city: 'Oslo', country: 'NO' },
      'address-too-long',
    ],
    [
      'homeAddress',
      { line1: 'x', line2: null, line3: null, postalCode: null, city: 'Oslo', country: 'NO' },
      'address-incomplete',
    ],
    ['bankAccount', { type: 'national', country: 'NO', number: '12345678901' }, 'invalid-account-number'],
    ['bankAccount', { type: 'international', iban: 'SE3550000000054910000003', bic: null }, 'missing-bic'],
    ['bankAccount', { type: 'international', iban: 'SE3550000000054910000003', bic: 'ESSE' }, 'invalid-bic'],
    ['bankAccount', { type: 'international', iban: 'SE3550000000054910000004', bic: 'ESSESESS' }, 'invalid-iban'],
    ['bankAccount', { type: 'national', country: 'SE', number: '12345678903' }, 'account-country-not-supported'],
    ['bankAccount', { type: 'unknown' }, 'account-type-not-supported'],
  ])('%s %p cannot be sent: %s', (field, value, reason) => {
    expect(mapValue(field, value, { series, today: '2026-11-26' })).toEqual({ cannot: reason });
  });

  it('says of a number that somebody else has that it is taken, where all are known', () => {
    const isTaken = (number: string): boolean => number === '10018';
    expect(mapValue('employmentId', '10018', { series, today: '2026-11-26', isTaken })).toEqual({
      cannot: 'number-taken',
    });
    expect(mapValue('employmentId', '10017', { series, today: '2026-11-26', isTaken })).toEqual({ send: '10017' });
  });

  it('needs no BIC for a Norwegian IBAN, which is the account of its eleven digits', () => {
    const mapped = mapValue(
      'bankAccount',
      { type: 'international', iban: 'NO93 8601 1117 947', bic: null },
      { series, today: '2026-11-26' },
    );
    expect(mapped).toEqual({ send: { number: '86011117947', country: 'NO', bic: null } });
    const there = { number: '8601 11 17947', country: 'NO', bic: null };
    expect('send' in mapped && sameShown('bankAccount', mapped.send, there)).toBe(true);
  });

  it.each<[Field, boolean]>([
    ['phone', true],
    ['birthDate', true],
    ['gender', true],
    ['endDate', true],
    ['email', false],
    ['givenName', false],
    ['familyName', false],
    ['employmentId', false],
    ['nationalId', false],
    ['homeAddress', false],
    ['bankAccount', false],
  ])('%s removed in Huma is cleared: %p', (field, cleared) => {
    expect('send' in mapValue(field, null, { series, today: '2026-11-26' })).toBe(cleared);
  });

  it('writes a custom gender as unspecified', () => {
    expect(mapValue('gender', 'non-binary', { series, today: '2026-11-26' })).toEqual({ send: null });
  });

  it('writes an address by its parts where there is one, and whole where there is none', () => {
    const mapped = mapValue('homeAddress', person.homeAddress as unknown as Json, { series, today: '2026-11-26' });
    const value = 'send' in mapped ? mapped.send : null;
    expect(patchOperations('homeAddress', value, null)).toHaveLength(1);
    const paths = patchOperations('homeAddress', value, employee.mailAddress as unknown as Json).map((o) => o.path);
    expect(paths).toContain('/MailAddress/City');
    expect(paths).not.toContain('/MailAddress');
  });

  it('compares every field with itself as equal, and with nothing as different', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.string({ minLength: 1 }), (field, text) => {
        const value: Json =
          field === 'bankAccount' ? { number: text } : field === 'homeAddress' ? { city: text } : text;
        expect(sameShown(field, value, value)).toBe(true);
        expect(sameShown(field, value, null)).toBe(false);
        expect(sameShown(field, null, null)).toBe(true);
      }),
    );
  });

  // Otherwise a field would be sent again and again.
  it('finds nothing to do once PowerOffice shows what was sent, whatever Huma has', () => {
    fc.assert(
      fc.property(aPerson, (user) => {
        const values = humaValues(toPerson(user), { startDate: '2025-01-01', endDate: null, jobTitle: 'Sjef' });
        for (const field of fields) {
          const mapped = mapValue(field, values[field] ?? null, { series: null, today: '2026-11-26' });
          if (!('send' in mapped)) continue;
          const shown = fieldRules[field].shown(...held(field, mapped.send)) ?? null;
          expect([field, sameShown(field, shown, mapped.send)]).toEqual([field, true]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives every field but the salary account a path of its own', () => {
    const paths = fields.map((f) => fieldRules[f].path);
    expect(new Set(paths).size).toBe(fields.length);
    expect(fieldRules.bankAccount.path).toBeNull();
  });
});
