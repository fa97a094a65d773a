import { foldedSpellings } from './fold-text.js';

const months = [
  ['january', 'januar'],
  ['february', 'februar'],
  ['march', 'mars'],
  ['april'],
  ['may', 'mai'],
  ['june', 'juni'],
  ['july', 'juli'],
  ['august'],
  ['september'],
  ['october', 'oktober'],
  ['november'],
  ['december', 'desember'],
] as const;

/** The ways in which people and programs write a date, without what stands between its parts. */
const writtenDates = (value: string): string[] => {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})(?:$|[Tt ])/.exec(value) ?? [];
  if (year === undefined || month === undefined || day === undefined) return [];
  const [shortYear, shortMonth, shortDay] = [year.slice(2), String(Number(month)), String(Number(day))];
  const names = (months[Number(month) - 1] ?? []).flatMap((name) => [name, name.slice(0, 3), name.slice(0, 4)]);
  const numeric = [
    [month, day],
    [shortMonth, shortDay],
    [shortMonth, day],
    [month, shortDay],
  ].flatMap(([m, d]) => [year, shortYear].flatMap((y) => [`${y}${m}${d}`, `${d}${m}${y}`, `${m}${d}${y}`]));
  const named = names.flatMap((name) =>
    [day, shortDay].flatMap((d) => [`${d}${name}`, `${name}${d}`, ...ordinals(d).map((o) => `${o}${name}`)]),
  );
  return [...numeric, ...named, ...named.map((date) => date + year)];
};

const ordinals = (day: string): string[] =>
  ['st', 'nd', 'rd', 'th'].flatMap((end) => [`${day}${end}`, `${day}${end}of`]);

/** A phone number without the code of its country; an account without what an IBAN adds to it. */
const partsOfNumbers = (value: string): string[] => {
  const number = value.replace(/[\s().\-/]/g, '');
  const phone = /^(?:\+|00)(\d{8,})$/.exec(number)?.[1];
  if (phone !== undefined) return [1, 2, 3].map((code) => phone.slice(code)).filter((rest) => rest.length >= 7);
  const account = /^[A-Z]{2}\d{2}([A-Z0-9]{8,})$/i.exec(number)?.[1];
  return account === undefined ? [] : [account];
};

/** Of an email only the local part and the domain as a whole: `no` and `com` are words of every text. */
const partsOf = (value: string): string[] => {
  const [local, domain] = value.split('@');
  if (local !== undefined && domain !== undefined && !/\s/.test(value)) return [domain, ...wordsOf(local)];
  return wordsOf(value);
};

/** Words as they stand between spaces (`O'Brien`), and as they stand between any punctuation (`Anne`, `Marie`). */
const wordsOf = (value: string): string[] => [...value.split(/\s+/u), ...value.split(/[^\p{L}\p{N}\p{M}]+/u)];

/** Numbers of fewer digits are words of every text. */
const isTelling = (word: string): boolean => /\p{L}/u.test(word) || word.length >= 4;

/**
 * All spellings by which a value can be recognised in a text, folded (no letter case, spaces, punctuation and
 * diacritics): the whole value, its words, and the written forms of dates and numbers.
 */
export const spellingsOf = (value: string): string[] => {
  const parts = partsOf(value).filter(isTelling);
  const whole = [value, ...partsOfNumbers(value)];
  return [...new Set([...[...whole, ...parts].flatMap(foldedSpellings), ...writtenDates(value)])];
};
