import { spellingsOf } from './spellings.js';
import { foldText, type Folded } from './fold-text.js';

const CUT = '…';
/** Shorter values would be found everywhere. */
const SHORTEST = 3;
/** Values of fewer letters and digits are only cut where they stand alone: "Per" stays a part of "permission". */
const SHORTEST_INSIDE = 5;
/** Texts are cut to this length before they come here, perhaps in the middle of a value. */
const LONGEST_TEXT = 500;

type Range = readonly [from: number, to: number];

const isWordCharacter = (text: string, at: number): boolean => /^[\p{L}\p{N}]/u.test(text.slice(at, at + 2));
const endsInWordCharacter = (text: string, at: number): boolean =>
  /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, at - 2), at));

const standsAlone = (text: string, [from, to]: Range): boolean =>
  !endsInWordCharacter(text, from) && !isWordCharacter(text, to);

/** Where a spelling is in a text, by the letters and digits alone. */
const rangesOf = (text: string, { letters, at }: Folded, spelling: string): Range[] => {
  const ranges: Range[] = [];
  for (let found = letters.indexOf(spelling); found !== -1; found = letters.indexOf(spelling, found + 1)) {
    const range: Range = [at[found]?.[0] ?? 0, at[found + spelling.length - 1]?.[1] ?? text.length];
    if (spelling.length >= SHORTEST_INSIDE || standsAlone(text, range)) ranges.push(range);
  }
  return ranges;
};

/** The beginning of a spelling at the end of a text that was cut there. */
const beginningOf = (text: string, { letters, at }: Folded, spelling: string): Range[] => {
  for (let length = Math.min(spelling.length - 1, letters.length); length >= SHORTEST; length -= 1)
    if (letters.endsWith(spelling.slice(0, length))) return [[at[letters.length - length]?.[0] ?? 0, text.length]];
  return [];
};

/** Where a value without enough letters and digits stands in a text, as it is. */
const literally = (text: string, value: string): Range[] => {
  const ranges: Range[] = [];
  for (let found = text.indexOf(value); found !== -1; found = text.indexOf(value, found + value.length))
    ranges.push([found, found + value.length]);
  return ranges;
};

const without = (text: string, ranges: readonly Range[]): string => {
  let [kept, end] = ['', 0];
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    if (from >= end) kept += text.slice(end, from) + CUT;
    end = Math.max(end, to);
  }
  return kept + text.slice(end);
};

/**
 * A vendor's text without the given values, in any spelling: letter case, spaces, punctuation and diacritics do not
 * count, digits may have separators, dates may be written in other forms and with the names of months, and of a value of
 * several words each one of three letters or more is cut by itself. What is cut becomes `…`. Values of fewer than three
 * characters stay, and so does what only looks like a part of a value.
 *
 * `maskText` hides what looks like a value of anybody; this hides the values of the person that a request was about,
 * which PowerOffice repeats in its texts.
 */
export const cutValues = (text: string, values: readonly string[]): string => {
  const folded = foldText(text);
  const ranges = values.flatMap((value) => {
    const trimmed = value.trim();
    if (trimmed.length < SHORTEST) return [];
    const spellings = spellingsOf(trimmed).filter((spelling) => spelling.length >= SHORTEST);
    const found = spellings.flatMap((spelling) => [
      ...rangesOf(text, folded, spelling),
      ...(text.length >= LONGEST_TEXT ? beginningOf(text, folded, spelling) : []),
    ]);
    return [...found, ...literally(text, trimmed)];
  });
  return without(text, ranges);
};
