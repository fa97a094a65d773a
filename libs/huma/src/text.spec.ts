import fc from 'fast-check';
import { cleanText, hasReplacement } from './text.js';

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
    ['Kari\ufe0f', 'Kari'],
    ['Ka\ud83dri', 'Ka\ufffdri'],
    ['🙂', '🙂'],
    ['', null],
    [' \u00a0\u200b ', null],
    [null, null],
    [undefined, null],
  ])('%j becomes %j', (text, expected) => expect(cleanText(text)).toBe(expected));

  it('is text that every database takes, and says where a character was lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const cleaned = cleanText(text) ?? '';
        expect(cleaned).not.toMatch(/[\p{Cs}\p{Cc}\p{Cf}]/u);
        expect(hasReplacement(cleaned)).toBe(/[\p{Cs}\ufffd]/u.test(text));
      }),
    );
  });

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
