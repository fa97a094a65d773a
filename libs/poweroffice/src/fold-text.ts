/** Letters that are no letter with a mark to Unicode, but are written as one where a keyboard lacks them. */
const plain: Readonly<Record<string, string>> = {
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
  ŋ: 'n',
};

/** How letters are written with two where a keyboard lacks them: `Soerensen`, `Aase`, `Mueller`. */
const digraphs: Readonly<Record<string, string>> = { ø: 'oe', å: 'aa', ä: 'ae', ö: 'oe', ü: 'ue' };

/** What was masked or cut in a text parts it: letters on its two sides do not belong together. */
const PARTED = '…';

/** The letters and digits of a text in one spelling, and where in the text each of them stands. */
export interface Folded {
  readonly letters: string;
  /** Per character of `letters`: where the character that it came from begins and ends, with its marks. */
  readonly at: readonly (readonly [from: number, to: number])[];
}

const foldCharacter = (character: string): string =>
  [...character.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '')]
    .map((letter) => plain[letter] ?? letter)
    .join('')
    .replace(/[^\p{L}\p{N}…]/gu, '');

/** Text without letter case, spaces, punctuation and diacritics. */
export const foldText = (text: string): Folded => {
  let letters = '';
  const at: [number, number][] = [];
  // The marks of a letter are cut with it.
  for (const { 0: character, index } of text.matchAll(/\P{M}\p{M}*|\p{M}+/gu)) {
    const folded = character === PARTED ? PARTED : foldCharacter(character).replaceAll(PARTED, '');
    letters += folded;
    for (const _ of folded.split('')) at.push([index, index + character.length]);
  }
  return { letters, at };
};

/** The spellings of a value without letter case, spaces, punctuation and diacritics: with one letter each, and with two. */
export const foldedSpellings = (value: string): string[] => {
  const twoLetters = [...value.normalize('NFC').toLowerCase()].map((letter) => digraphs[letter] ?? letter).join('');
  return [...new Set([foldText(value).letters, foldText(twoLetters).letters])];
};
