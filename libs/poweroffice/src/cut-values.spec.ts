import fc from 'fast-check';
import { cutValues } from './cut-values.js';
import { foldText } from './fold-text.js';

describe('cutValues', () => {
  it.each<[string, string, string[], string]>([
    ['a name', 'The value Nordmann is not valid', ['Nordmann'], 'The value … is not valid'],
    ['another letter case', 'NORDMANN, kari', ['Kari Nordmann'], '…, …'],
    ['a name with an apostrophe', "O'Brien is used; OBrien too", ["O'Brien"], '… is used; … too'],
    ['words of a name', 'Anne and Marie, Anne-Marie', ["Anne-Marie O'Neill"], '… and …, …'],
    ['diacritics left out', 'Asne Sorbo and Soerboe', ['Åsne Sørbø'], '… and …'],
    ['diacritics in pieces', 'A\u030asne', ['Åsne'], '…'],
    ['a street', 'No such place: Hemmeliggata 77, Oslo', ['Hemmeliggata 77'], 'No such place: …, Oslo'],
    ['a street without its number', 'hemmelig-gata', ['Hemmeliggata 77'], '…'],
    ['a phone', 'Call +47 400 00 001', ['+4740000001'], 'Call +…'],
    ['a phone without its country', 'Call 400-00-001', ['+4740000001'], 'Call …'],
    ['an account', '1234.56.78903 and 12345678903', ['12345678903'], '… and …'],
    ['the account inside an IBAN', '8601 11 17947', ['NO93 8601 1117 947'], '…'],
    ['an email', 'kari at example.no: Kari @ Example . NO', ['kari@example.no'], '… at …: …'],
    ['a date', 'born 02.01.1980 or 2/1/80 or 1980-01-02 or 19800102', ['1980-01-02'], 'born … or … or … or …'],
    [
      'a date in words',
      'born 2 January 1980 or Jan 2 or 2nd of January or 2. januar',
      ['1980-01-02'],
      'born … or … or … or …',
    ],
    ['a short name only by itself', 'Per has no permission', ['Per'], '… has no permission'],
    ['a postal code', 'Postal code 0155 is wrong', ['0155'], 'Postal code … is wrong'],
    ['what is too short', 'Bo is wrong', ['Bo', 'is'], 'Bo is wrong'],
    ['what has no letters', 'a +++ b', ['+++'], 'a … b'],
    ['nothing', 'The field is required.', ['', '  '], 'The field is required.'],
    ['what is not there', 'Department not found.', ['Nordmann', '+4740000001'], 'Department not found.'],
  ])('cuts %s', (_, text, values, expected) => expect(cutValues(text, values)).toBe(expected));

  it('leaves nothing of a refusal that tells all', () => {
    const text = 'Validation failed for Kari Lekkasje at Hemmeliggata 77, 0155 Oslo, born 2 January 1980';
    expect(cutValues(text, ['Kari', 'Lekkasje', 'Hemmeliggata 77', '0155', 'Oslo', '1980-01-02'])).toBe(
      'Validation failed for … … at …, … …, born …',
    );
  });

  it('cuts the beginning of a value where the text was cut in the middle of it', () => {
    const text = `${'x '.repeat(300).slice(0, 496)}Nord`;
    expect(cutValues(text, ['Nordmann'])).toBe(`${'x '.repeat(300).slice(0, 496)}…`);
  });

  const letter = fc.constantFrom(...'abeknorsåøæéüÅØ');
  const word = fc.string({ unit: letter, minLength: 3, maxLength: 9 });
  const value = fc.oneof(
    word,
    fc.tuple(word, word).map((words) => words.join(' ')),
    fc.stringMatching(/^[1-9]\d{6,11}$/),
    fc.tuple(word, fc.integer({ min: 1, max: 99 })).map(([street, number]) => `${street} ${String(number)}`),
    fc.tuple(word, word).map(([local, domain]) => `${local}@${domain}.no`),
  );
  /** A value in some other spelling. */
  const spelt = (text: string): fc.Arbitrary<string> =>
    fc
      .array(fc.constantFrom('', '', '', ' ', '-', '.', '\u00ad', '\u0301'), {
        minLength: text.length,
        maxLength: text.length,
      })
      .chain((between) =>
        fc.constantFrom(
          text,
          text.toUpperCase(),
          text.normalize('NFD'),
          [...text].map((c, i) => c + (i < text.length - 1 ? (between[i] ?? '') : '')).join(''),
        ),
      );

  it('leaves no value in any of its spellings, whatever stands around it', () => {
    const said = value.chain((v) => fc.tuple(fc.constant(v), spelt(v)));
    fc.assert(
      fc.property(fc.string(), said, fc.string(), (before, [v, spelling], after) => {
        const cut = cutValues(`${before} ${spelling} ${after}`, [v]);
        expect(foldText(cut).letters.split('…')).not.toContainEqual(foldText(v).letters);
        expect(cut.toLowerCase().split(/[^\p{L}\p{N}]+/u)).not.toContain(v.toLowerCase());
      }),
      { numRuns: 500 },
    );
  });

  it('is done with one pass, and adds nothing but the sign of a cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('k', 'a', 'r', 'i', ' ', '-', 'å') }),
        fc.array(word),
        (text, values) => {
          const cut = cutValues(text, values);
          expect(cutValues(cut, values)).toBe(cut);
          const left = cut.split('…');
          let from = 0;
          for (const part of left) {
            from = text.indexOf(part, from);
            expect(from).not.toBe(-1);
            from += part.length;
          }
        },
      ),
    );
  });
});
