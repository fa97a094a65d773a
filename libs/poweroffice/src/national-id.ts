/** A Norwegian national identity number or D-number in eleven digits, or why a text is none. */
export type ParsedNationalId =
  | {
      readonly ok: true;
      readonly kind: 'fodselsnummer' | 'd-number';
      readonly number: string;
      readonly synthetic: boolean;
    }
  | {
      readonly ok: false;
      readonly reason: 'empty' | 'not-eleven-digits' | 'no-date' | 'control-digits' | 'synthetic';
    };

const k1Weights = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
const k2Weights = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];

const weighted = (number: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, i) => sum + weight * Number(number[i]), 0) % 11;

/** Numbers issued from 2032 leave 0 to 3 at the first control digit, older ones always 0; the second did not change. */
const controlled = (number: string): boolean => weighted(number, k1Weights) <= 3 && weighted(number, k2Weights) === 0;

const daysInMonth = (month: number, year: number): number =>
  month >= 1 && month <= 12 ? new Date(Date.UTC(2000 + year, month, 0)).getUTCDate() : 0;

const compact = (text: string | null | undefined): string => (text ?? '').replace(/[\s\p{Cf}.-]/gu, '');

/** Best first: valid before invalid, national identity numbers before D-numbers, then the smallest. */
const rankOf = (text: string): string => {
  const parsed = parseNationalId(text);
  const rank = parsed.ok ? (parsed.kind === 'fodselsnummer' ? '0' : '1') : '2';
  return `${rank} ${compact(text)} ${text}`;
};

/**
 * The one Norwegian identification of a person that is sent where there are several: the same one whatever their order.
 * @returns as it was given; null where there is none
 */
export const pickNationalId = (texts: readonly string[]): string | null =>
  texts.reduce<string | null>((best, text) => (best === null || rankOf(text) < rankOf(best) ? text : best), null);

/** Whether two texts are the same number: spaces, dots and hyphens do not count. */
export const sameNationalId = (a: string, b: string): boolean => compact(a) === compact(b);

/**
 * Reads a Norwegian national identity number or D-number (day + 40), with or without spaces, dots or hyphens, by the
 * rules of 1964 and of 2032 alike: since nobody can tell when a number was issued, one that is valid under either is
 * accepted. No birth date and no gender are derived: numbers from 2032 hold neither the century nor the gender.
 *
 * Numbers of test people (month + 80 in Skatteetaten's Tenor, + 40 at NAV, the latter also hospitals' help numbers)
 * belong to nobody and are refused unless asked for.
 *
 * Source: https://skatteetaten.github.io/folkeregisteret-api-dokumentasjon/nytt-fodselsnummer-fra-2032/
 */
export const parseNationalId = (
  text: string | null | undefined,
  { allowSynthetic = false }: { readonly allowSynthetic?: boolean } = {},
): ParsedNationalId => {
  const number = compact(text);
  if (number === '') return { ok: false, reason: 'empty' };
  if (!/^\d{11}$/.test(number)) return { ok: false, reason: 'not-eleven-digits' };
  const [dayPart, monthPart, year] = [number.slice(0, 2), number.slice(2, 4), number.slice(4, 6)].map(Number) as [
    number,
    number,
    number,
  ];
  const isDNumber = dayPart > 40;
  const offset = monthPart > 80 ? 80 : monthPart > 40 ? 40 : 0;
  const day = isDNumber ? dayPart - 40 : dayPart;
  if (day < 1 || day > daysInMonth(monthPart - offset, year)) return { ok: false, reason: 'no-date' };
  if (!controlled(number)) return { ok: false, reason: 'control-digits' };
  const synthetic = offset > 0;
  if (synthetic && !allowSynthetic) return { ok: false, reason: 'synthetic' };
  return { ok: true, kind: isDNumber ? 'd-number' : 'fodselsnummer', number, synthetic };
};
