import { isLosslessNumber, isSafeNumber, parse as parseLossless } from 'lossless-json';

/** A number that a double may not hold: a member's value with many digits, or with an exponent. */
const doubtfulNumber = /:\s*-?(?:\d[\d.]{15,}|\d[\d.]*[eE])/;

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  /** `inexact-version`: the value's `version` is a number that JavaScript would round to another one. */
  | { readonly ok: false; readonly code: 'bad-json' | 'inexact-version' };

/**
 * Parses the value of a record. Two versions that differ only behind the digits that a double holds would become equal,
 * and the newer one would be ignored without a trace: such a version is refused instead of rounded.
 */
export const parseJson = (text: string): ParsedJson => {
  try {
    const value: unknown = JSON.parse(text);
    return doubtfulNumber.test(text) && losesVersion(text)
      ? { ok: false, code: 'inexact-version' }
      : { ok: true, value };
  } catch {
    // The parser's own message quotes the text, which may be personal.
    return { ok: false, code: 'bad-json' };
  }
};

const losesVersion = (text: string): boolean => {
  const value = parseLossless(text) as unknown;
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : null;
  return isLosslessNumber(version) && !isSafeNumber(version.value);
};
