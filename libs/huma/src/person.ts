import { parseDate } from './date.js';
import { cleanText } from './text.js';
import type { HumaAddress, HumaBankAccount, HumaIdentification, HumaUser } from './user.js';

/** A user of Huma with every field present: null means that there is no value. Texts are clean, and never empty. */
export interface Person {
  readonly givenName: string | null;
  readonly familyName: string | null;
  /** As spelt in Huma; `normalizeEmail` gives the form in which it is matched. */
  readonly email: string | null;
  readonly phone: string | null;
  /** `YYYY-MM-DD`; a text that is no date stays as it is, and `parseDate` says why. */
  readonly birthDate: string | null;
  readonly gender: string | null;
  readonly homeAddress: Address | null;
  readonly bankAccount: BankAccount | null;
  readonly employmentId: string | null;
  readonly identifications: readonly Identification[];
  readonly companies: readonly string[];
  readonly locations: readonly string[];
  readonly teams: readonly string[];
  readonly active: boolean;
}

/** An address of three lines, as Huma holds it. */
export interface Address {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly line3: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string | null;
}

/** `unknown` is a kind of account that Huma may add: it can be neither sent nor compared. */
export type BankAccount =
  | { readonly type: 'national'; readonly country: string | null; readonly number: string | null }
  | { readonly type: 'international'; readonly iban: string | null; readonly bic: string | null }
  | { readonly type: 'unknown' };

/** An identity number or passport of a person. */
export interface Identification {
  readonly id: string;
  /** `national` or `passport`, lower case; others may come. */
  readonly type: string;
  /** ISO 3166-1 alpha-2, upper case; empty when none is given. */
  readonly country: string;
  readonly value: string;
}

const upper = (text: string | null | undefined): string | null => cleanText(text?.toUpperCase());
const lower = (text: string | null | undefined): string | null => cleanText(text?.toLowerCase());

/** @returns null when no line, place or postal code is left; a country alone is no address */
export const toAddress = (address: HumaAddress | null | undefined): Address | null => {
  const [line1, line2, line3, postalCode, city] = [
    address?.line1,
    address?.line2,
    address?.line3,
    address?.postalCode,
    address?.city,
  ].map(cleanText) as [string | null, string | null, string | null, string | null, string | null];
  if ([line1, line2, line3, postalCode, city].every((part) => part === null)) return null;
  return { line1, line2, line3, postalCode, city, country: upper(address?.country) };
};

/** @returns null when it holds no number at all */
export const toBankAccount = (account: HumaBankAccount | null | undefined): BankAccount | null => {
  if (!account) return null;
  const type = lower(account.type);
  if (type === 'national') {
    const number = cleanText(account.number);
    return number === null ? null : { type, country: upper(account.country), number };
  }
  if (type === 'international') {
    const iban = cleanText(account.iban);
    return iban === null ? null : { type, iban, bic: cleanText(account.bic) };
  }
  return { type: 'unknown' };
};

const toIdentifications = (list: readonly HumaIdentification[] | null | undefined): Identification[] =>
  (list ?? []).flatMap(({ id, type, country, value }) => {
    const cleaned = cleanText(value);
    return cleaned === null ? [] : [{ id, type: lower(type) ?? '', country: upper(country) ?? '', value: cleaned }];
  });

const toDate = (text: string | null | undefined): string | null => {
  const date = parseDate(text);
  return date.ok ? date.date : cleanText(text);
};

/** What Huma published, with spelling settled once: the same person spelt differently in white space is the same value. */
export const toPerson = (user: HumaUser): Person => ({
  givenName: cleanText(user.givenName),
  familyName: cleanText(user.familyName),
  email: cleanText(user.email),
  phone: cleanText(user.phone),
  birthDate: toDate(user.birthDate),
  gender: cleanText(user.gender),
  homeAddress: toAddress(user.homeAddress),
  bankAccount: toBankAccount(user.bankAccount),
  employmentId: cleanText(user.employmentId),
  identifications: toIdentifications(user.identifications),
  companies: user.companies,
  locations: user.locations,
  teams: user.teams,
  active: user.active,
});
