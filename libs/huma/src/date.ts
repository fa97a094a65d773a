import { cleanText } from './text.js';

/** A calendar date, or why a text is none. */
export type ParsedDate =
  | { readonly ok: true; readonly date: string }
  | { readonly ok: false; readonly reason: 'empty' | 'not-a-date' | 'out-of-range' };

const FIRST_YEAR = 1850;
const LAST_YEAR = 2199;

/**
 * Reads a calendar date `YYYY-MM-DD`, also with a time part, which is cut off without any shift of zone: the first ten
 * characters count. A day that does not exist is no date; years outside 1850–2199 are somebody's "never" or a slip.
 */
export const parseDate = (text: string | null | undefined): ParsedDate => {
  const cleaned = cleanText(text);
  if (cleaned === null) return { ok: false, reason: 'empty' };
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})(?:$|[Tt ])/.exec(cleaned)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return { ok: false, reason: 'not-a-date' };
  const lastDay = month >= 1 && month <= 12 ? new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate() : 0;
  if (day < 1 || day > lastDay) return { ok: false, reason: 'not-a-date' };
  if (year < FIRST_YEAR || year > LAST_YEAR) return { ok: false, reason: 'out-of-range' };
  return { ok: true, date: cleaned.slice(0, 10) };
};
