import { electronicFormatIBAN, isValidBBAN, isValidBIC, isValidIBAN } from 'ibantools';

/** A Norwegian account in eleven digits, or why a text is none. */
export type ParsedAccount =
  | { readonly ok: true; readonly number: string }
  | { readonly ok: false; readonly reason: 'empty' | 'not-eleven-digits' | 'control-digit' };

/** An IBAN without spaces in upper case, or why a text is none. */
export type ParsedIban =
  { readonly ok: true; readonly number: string } | { readonly ok: false; readonly reason: 'empty' | 'invalid' };

const compact = (text: string | null | undefined): string => (text ?? '').replace(/[\s\p{Cf}.\-/]/gu, '').toUpperCase();

/** Reads a Norwegian account number: eleven digits (spaces, dots and hyphens do not count), the last one modulo 11. */
export const parseNorwegianAccount = (text: string | null | undefined): ParsedAccount => {
  const number = compact(text);
  if (number === '') return { ok: false, reason: 'empty' };
  if (!/^\d{11}$/.test(number)) return { ok: false, reason: 'not-eleven-digits' };
  const controlled = isValidBBAN(number, 'NO') && !/^0+$/.test(number);
  return controlled ? { ok: true, number } : { ok: false, reason: 'control-digit' };
};

/** Reads an IBAN: a country that has them, its length and form, its check digits (and, for Norway, modulo 11). */
export const parseIban = (text: string | null | undefined): ParsedIban => {
  const number = electronicFormatIBAN(compact(text)) ?? '';
  if (number === '') return { ok: false, reason: 'empty' };
  return isValidIBAN(number) ? { ok: true, number } : { ok: false, reason: 'invalid' };
};

/**
 * The eleven digits of a Norwegian account that is given as an IBAN: the account that Norwegian salaries are paid to.
 * @returns null for an IBAN of another country, and for one that is not valid
 */
export const norwegianAccountOf = (iban: string | null | undefined): string | null => {
  const parsed = parseIban(iban);
  return parsed.ok && parsed.number.startsWith('NO') ? parsed.number.slice(4) : null;
};

/** A BIC in the form in which it is sent and compared. */
export const normalizeBic = (text: string | null | undefined): string => compact(text);

/** Whether a text has the shape of a BIC: eight or eleven characters, with a country that exists. */
export const isBic = (text: string | null | undefined): boolean => isValidBIC(normalizeBic(text));

/**
 * The form in which two account numbers are equal when they name the same account: without separators, in upper case.
 * A valid Norwegian IBAN and the national number inside it name the same account, so that IBAN becomes its eleven
 * digits. Any other IBAN stays; a national number of another country is kept apart from Norwegian ones by its country,
 * because eleven digits elsewhere are not the account that they would be in Norway. Idempotent for Norwegian accounts
 * and IBANs.
 * @param country ISO 3166-1 alpha-2 of a national number; Norway where nothing is said, as at PowerOffice
 */
export const normalizeAccountNumber = (text: string | null | undefined, country?: string | null): string => {
  const number = compact(text);
  const iban = parseIban(number);
  if (iban.ok) return norwegianAccountOf(number) ?? number;
  const home = compact(country) || 'NO';
  return home === 'NO' || number === '' || /^[A-Z]/.test(number) ? number : `${home}:${number}`;
};
