import { ParseError, parsePhoneNumberWithError, type PhoneNumber } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/metadata.max';
import { cleanText } from './text.js';

/** A phone number in E.164, or why a text is none. */
export type ParsedPhone =
  | { readonly ok: true; readonly e164: string }
  | { readonly ok: false; readonly reason: 'empty' | 'not-a-number' | 'impossible' | 'extension' };

const SHORT = 8;

const parse = (text: string): PhoneNumber =>
  parsePhoneNumberWithError(text, { defaultCountry: 'NO', extract: false }, metadata);

/** `+47 (0)`: Norwegian numbers have no such zero, but people write it as they know it from abroad. */
const norwegianZero = /^(\(?(?:\+|00) ?47\)?) ?\( ?0 ?\)/;

/** Some plans strip leading digits again and again: a number that does not read back as itself cannot be compared. */
const settled = (phone: PhoneNumber): boolean => parse(phone.number).number === phone.number;

/**
 * Reads a phone number, Norwegian unless it says otherwise (`+46 …`, `0046 …`). Nothing around the number is accepted.
 *
 * Numbering plans grow faster than any copy of them, so a number of a possible length is accepted even where its range
 * is unknown; numbers shorter than eight digits only where the plan knows them. E.164 has no room for an extension: a
 * number with one is refused rather than cut.
 */
export const parsePhone = (text: string | null | undefined): ParsedPhone => {
  const cleaned = cleanText(text);
  if (cleaned === null) return { ok: false, reason: 'empty' };
  const bare = cleaned.replace(/^tel:/i, '').trim().replace(norwegianZero, '$1 ').replace(/[()]/g, ' ').trim();
  try {
    const phone = parse(bare);
    if (phone.ext !== undefined) return { ok: false, reason: 'extension' };
    const accepted = phone.isValid() || (phone.isPossible() && phone.nationalNumber.length >= SHORT);
    return accepted && settled(phone) ? { ok: true, e164: phone.number } : { ok: false, reason: 'impossible' };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    // The library documents `message` as its error code.
    return { ok: false, reason: error.message === 'NOT_A_NUMBER' ? 'not-a-number' : 'impossible' };
  }
};
