import type { Address, BankAccount, Person } from '@huma-poweroffice/huma';
import { cleanText, isEmail, normalizeEmail, parseDate, parsePhone } from '@huma-poweroffice/huma';
import type { ContactBankAccount, Employee, Int64, MailAddress, NumberSeries } from '@huma-poweroffice/poweroffice';
import {
  checkAddress,
  isBic,
  isHidden,
  normalizeAccountNumber,
  norwegianAccountOf,
  parseIban,
  parseNationalId,
  parseNorwegianAccount,
  pickNationalId,
  readDate,
  sameAddress,
  sameNationalId,
  sameNumber,
  toEmployeeNumber,
} from '@huma-poweroffice/poweroffice';
import { genderToPowerOffice } from './gender.js';
import { sameValue, type Json } from './json.js';
import type { CannotSend } from './reasons.js';

/** The fields that are kept in step, by Huma's names. */
export const fields = [
  'email',
  'givenName',
  'familyName',
  'phone',
  'birthDate',
  'employmentId',
  'gender',
  'homeAddress',
  'nationalId',
  'startDate',
  'endDate',
  'jobTitle',
  'bankAccount',
] as const;
export type Field = (typeof fields)[number];

/** Facts of a person's employment, computed from positions. */
export interface EmploymentFacts {
  startDate: string | null;
  endDate: string | null;
  jobTitle: string | null;
}

/** Huma's values per field, in Huma's terms. Null: the person has no such value. Absent: Huma says nothing of it. */
export type HumaValues = { readonly [F in Field]?: Json };

/** What PowerOffice shows per field, in its own spelling. Null: empty there. Absent: not known, or hidden from us. */
export type ShownValues = { readonly [F in Field]?: Json };

/** A value of Huma's as PowerOffice would hold it, or the reason why it cannot be sent. */
export type Mapped = { readonly send: Json } | { readonly cannot: CannotSend };

export interface MappingContext {
  /** Number series of employees in the PowerOffice client; null when they are not known. */
  readonly series: readonly NumberSeries[] | null;
  /** The date in Europe/Oslo, `YYYY-MM-DD`: nobody is born later. */
  readonly today: string;
  /** Whether another employee has a number, where all of them are known; else PowerOffice says so when it is sent. */
  readonly isTaken?: (number: Int64) => boolean;
}

interface FieldRule {
  /** Huma's value of the field; undefined when Huma says nothing of it. */
  readonly huma: (person: Person, facts: EmploymentFacts | null) => Json | undefined;
  /** A value (never null) in PowerOffice's terms. */
  readonly map: (value: Json, context: MappingContext) => Mapped;
  /** What an employee shows; undefined when it is hidden. The salary account needs the contact's accounts. */
  readonly shown: (employee: Employee, accounts: readonly ContactBankAccount[] | null) => Json | undefined;
  /** Equality on meaning of two values of PowerOffice's, not null. */
  readonly same: (a: Json, b: Json) => boolean;
  /** Whether a value removed in Huma is cleared in PowerOffice; else it stays there, and is shown as missing in Huma. */
  readonly clearable: boolean;
  /** JSON Patch path; none where a field has requests of its own. */
  readonly path: string | null;
}

const text = (value: Json): string => (typeof value === 'string' ? value : '');
const sameText = (a: Json, b: Json): boolean => cleanText(text(a)) === cleanText(text(b));
const sendDate = (value: Json): Mapped => {
  const date = parseDate(text(value));
  if (date.ok) return { send: date.date };
  return { cannot: date.reason === 'out-of-range' ? 'implausible-date' : 'invalid-date' };
};
/** Nobody is born in the future: such a year was read into the wrong century. */
const sendBirthDate = (value: Json, { today }: MappingContext): Mapped => {
  const mapped = sendDate(value);
  return 'send' in mapped && text(mapped.send) > today ? { cannot: 'implausible-date' } : mapped;
};
const sameDate = (a: Json, b: Json): boolean => readDate(text(a)) === readDate(text(b));

const samePhone = (a: Json, b: Json): boolean => {
  const [x, y] = [parsePhone(text(a)), parsePhone(text(b))];
  return x.ok && y.ok ? x.e164 === y.e164 : sameText(a, b);
};

/** Three lines become two; what does not fit is not cut but cannot be sent. */
const mapAddress = (value: Json): Mapped => {
  const address = value as unknown as Address;
  const checked = checkAddress({
    addressLine1: address.line1,
    addressLine2: [address.line2, address.line3].filter((line) => line !== null).join(', ') || null,
    zipCode: address.postalCode,
    city: address.city,
    countryCode: address.country,
  });
  if (!checked.ok) return { cannot: `address-${checked.reason}` };
  const { AddressLine1, AddressLine2, ZipCode, City, CountryCode } = checked.address;
  return {
    send: {
      addressLine1: AddressLine1,
      addressLine2: AddressLine2,
      zipCode: ZipCode,
      city: City,
      countryCode: CountryCode,
    },
  };
};

/** An account is told apart by its normalised number; the BIC travels with it when it is created. */
const mapAccount = (value: Json): Mapped => {
  const account = value as unknown as BankAccount | { type: 'unknown' };
  if (account.type === 'national') {
    if ((account.country ?? 'NO').toUpperCase() !== 'NO') return { cannot: 'account-country-not-supported' };
    const number = parseNorwegianAccount(account.number ?? '');
    return number.ok
      ? { send: { number: number.number, country: 'NO', bic: null } }
      : { cannot: 'invalid-account-number' };
  }
  if (account.type !== 'international') return { cannot: 'account-type-not-supported' };
  const iban = parseIban(account.iban ?? '');
  if (!iban.ok) return { cannot: 'invalid-iban' };
  if (account.bic && !iban.number.startsWith('NO') && !isBic(account.bic)) return { cannot: 'invalid-bic' };
  const country = iban.number.slice(0, 2);
  // A Norwegian account is the same account in either spelling; salaries are paid to its eleven digits.
  const national = norwegianAccountOf(iban.number);
  if (national !== null) return { send: { number: national, country, bic: null } };
  if (!account.bic) return { cannot: 'missing-bic' };
  return { send: { number: iban.number, country, bic: account.bic } };
};

/** The number that tells a mapped or shown salary account apart. */
export const accountNumber = (value: Json): string => {
  const { number, country } = (value ?? {}) as { number?: Json; country?: Json };
  return normalizeAccountNumber(text(number ?? ''), text(country ?? ''));
};

/**
 * What an employee shows as the salary account.
 * @param accountId the employee's `SalaryBankAccountId`
 * @param account the account with that id; null or undefined: it was not seen
 * @returns undefined when there is a salary account that is not known
 */
export const shownSalaryAccount = (
  accountId: Int64 | null,
  account: ContactBankAccount | null | undefined,
): Json | undefined => {
  if (accountId === null) return null;
  return account
    ? { number: account.bankAccountNumber ?? '', country: account.countryCode ?? 'NO', bic: account.bicSwift }
    : undefined;
};

const shownAccount = (
  { salaryBankAccountId: id }: Employee,
  accounts: readonly ContactBankAccount[] | null,
): Json | undefined =>
  shownSalaryAccount(
    id,
    accounts?.find((a) => a.id === id),
  );

const nationalId = (person: Person): Json =>
  pickNationalId(
    person.identifications
      .filter((i) => i.type.toLowerCase() === 'national' && i.country.toUpperCase() === 'NO')
      .map(({ value }) => value),
  );

const required = (value: string | null, max: number): Mapped =>
  value ? (value.length > max ? { cannot: 'too-long' } : { send: value }) : { cannot: 'empty' };

export const fieldRules: { readonly [F in Field]: FieldRule } = {
  email: {
    huma: (p) => p.email,
    map: (v) => (isEmail(text(v)) ? { send: text(v).trim() } : { cannot: 'invalid-email' }),
    shown: (e) => e.emailAddress,
    same: (a, b) => normalizeEmail(text(a)) === normalizeEmail(text(b)),
    clearable: false,
    path: '/EmailAddress',
  },
  givenName: {
    huma: (p) => p.givenName,
    map: (v) => required(text(v), 255),
    shown: (e) => e.firstName,
    same: sameText,
    clearable: false,
    path: '/FirstName',
  },
  familyName: {
    huma: (p) => p.familyName,
    map: (v) => required(text(v), 255),
    shown: (e) => e.lastName,
    same: sameText,
    clearable: false,
    path: '/LastName',
  },
  phone: {
    huma: (p) => p.phone,
    map: (v) => {
      const phone = parsePhone(text(v));
      return phone.ok ? { send: phone.e164 } : { cannot: 'invalid-phone' };
    },
    shown: (e) => e.phoneNumber,
    same: samePhone,
    clearable: true,
    path: '/PhoneNumber',
  },
  birthDate: {
    huma: (p) => p.birthDate,
    map: sendBirthDate,
    shown: (e) => readDate(e.dateOfBirth),
    same: sameDate,
    clearable: true,
    path: '/DateOfBirth',
  },
  employmentId: {
    huma: (p) => p.employmentId,
    map: (v, { series, isTaken }) => {
      const number = toEmployeeNumber(text(v), series, isTaken);
      return number.ok ? { send: number.number } : { cannot: `number-${number.reason}` };
    },
    shown: (e) => e.number,
    same: (a, b) => sameNumber(text(a), text(b)),
    clearable: false,
    path: '/Number',
  },
  gender: {
    huma: (p) => p.gender,
    map: (v) => ({ send: genderToPowerOffice(text(v)) }),
    shown: (e) => (e.gender === 'Hidden' ? undefined : e.gender),
    same: sameText,
    clearable: true,
    path: '/Gender',
  },
  homeAddress: {
    huma: (p) => p.homeAddress as unknown as Json,
    map: mapAddress,
    shown: (e) => e.mailAddress as unknown as Json,
    same: (a, b) => sameAddress(a as unknown as MailAddress, b as unknown as MailAddress),
    clearable: false,
    path: '/MailAddress',
  },
  nationalId: {
    huma: nationalId,
    map: (v) => {
      const id = parseNationalId(text(v));
      return id.ok ? { send: id.number } : { cannot: 'invalid-national-id' };
    },
    shown: (e) => (isHidden(e.nationalIdNumber) ? undefined : e.nationalIdNumber),
    same: (a, b) => sameNationalId(text(a), text(b)),
    clearable: false,
    path: '/NationalIdNumber',
  },
  startDate: {
    huma: (_, facts) => facts?.startDate ?? undefined,
    map: sendDate,
    shown: (e) => readDate(e.startDate),
    same: sameDate,
    clearable: false,
    path: '/StartDate',
  },
  endDate: {
    huma: (_, facts) => (facts?.startDate ? facts.endDate : undefined),
    map: sendDate,
    shown: (e) => readDate(e.endDate),
    same: sameDate,
    clearable: true,
    path: '/EndDate',
  },
  jobTitle: {
    huma: (_, facts) => facts?.jobTitle ?? undefined,
    map: (v) => required(text(v), 255),
    shown: (e) => e.jobTitle,
    same: sameText,
    clearable: false,
    path: '/JobTitle',
  },
  bankAccount: {
    huma: (p) => p.bankAccount as unknown as Json,
    map: mapAccount,
    shown: shownAccount,
    same: (a, b) => accountNumber(a) === accountNumber(b),
    clearable: false,
    path: null,
  },
};

/**
 * Huma's values of a person, in Huma's terms.
 * @param facts null when no position may be sent: Huma then says nothing of the three fields of positions
 */
export const humaValues = (person: Person, facts: EmploymentFacts | null): HumaValues => {
  const values: Partial<Record<Field, Json>> = {};
  for (const field of fields) {
    const value = fieldRules[field].huma(person, facts);
    if (value !== undefined) values[field] = value;
  }
  return values;
};

/**
 * What an employee shows, field by field.
 * @param accounts the contact's bank accounts; null when they were not read: the salary account is then not known
 */
export const shownValues = (employee: Employee, accounts: readonly ContactBankAccount[] | null): ShownValues => {
  const values: Partial<Record<Field, Json>> = {};
  for (const field of fields) {
    const value = fieldRules[field].shown(employee, accounts);
    if (value !== undefined) values[field] = value;
  }
  return values;
};

/** Stands for a character that was no text: such a value was damaged before it reached us. */
const REPLACEMENT = '\uFFFD';

const isDamaged = (value: Json): boolean => {
  if (typeof value === 'string') return value.includes(REPLACEMENT);
  return typeof value === 'object' && value !== null && Object.values(value).some(isDamaged);
};

/** What a value of Huma's would be in PowerOffice. A removed value clears the field where that is allowed. */
export const mapValue = (field: Field, value: Json, context: MappingContext): Mapped => {
  if (isDamaged(value)) return { cannot: 'damaged-text' };
  if (value !== null) return fieldRules[field].map(value, context);
  return fieldRules[field].clearable ? { send: null } : { cannot: 'missing-in-huma' };
};

/** Equality on meaning of two values as PowerOffice holds them; spelling does not count. An empty text is no value. */
export const sameShown = (field: Field, a: Json, b: Json): boolean => {
  const [x, y] = [a === '' ? null : a, b === '' ? null : b];
  if (x === null || y === null) return x === y;
  return sameValue(x, y) || fieldRules[field].same(x, y);
};
