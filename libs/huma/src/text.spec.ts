import fc from 'fast-check';
import { cleanText } from './text.js';

describe('cleanText', () => {
  it.each([
    ['Kari', 'Kari'],
    ['  Kari\t Anne \n', 'Kari Anne'],
    ['Kari\u00a0Anne', 'Kari Anne'],
    ['Kari\u202f\u2009Anne', 'Kari Anne'],
    ['Ka\u200bri\ufeff', 'Kari'],
    ['\u202eKari\u202c', 'Kari'],
    ['Sø\u00adrensen', 'Sørensen'],
    ['A\u030ase', 'Åse'],
    ['Kari\u0000Anne', 'Kari Anne'],
    ['', null],
    [' \u00a0\u200b ', null],
    [null, null],
    [undefined, null],
  ])('%j becomes %j', (text, expected) => expect(cleanText(text)).toBe(expected));

  it('is idempotent', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => cleanText(cleanText(text)) === cleanText(text)));
  });

  it('keeps every letter and digit', () => {
    const core = (text: string) => text.normalize('NFC').replace(/[^\p{L}\p{N}]/gu, '');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'Å', '7', ' ', '\u00a0', '\u200b', '\t', '-') }), (text) => {
        expect(core(cleanText(text) ?? '')).toBe(core(text));
      }),
    );
  });
});
