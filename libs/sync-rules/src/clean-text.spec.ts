import { cleanText } from '@huma-poweroffice/huma';
import { cleanShownText } from '@huma-poweroffice/poweroffice';
import fc from 'fast-check';

it('both sides clean their texts by the same rules', () => {
  const odd = fc.constantFrom(
    ' ',
    '\u00ad',
    '\u200b',
    '\ufeff',
    '\u202e',
    '\ufe0f',
    '\u0000',
    '\ud800',
    'A',
    '\u030a',
    'ø',
  );
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: odd }), fc.string({ unit: 'binary' })), (text) => {
      expect(cleanShownText(text)).toBe(cleanText(text));
    }),
  );
});
