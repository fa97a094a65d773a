import fc from 'fast-check';
import { parseGender } from './gender.js';

describe('parseGender', () => {
  it.each([
    ['Male', 'Male'],
    ['Female', 'Female'],
    [' female ', 'Female'],
    ['MALE', 'Male'],
    ['Fe\u200bmale', 'Female'],
    ['non-binary', 'custom'],
    ['Malefemale', 'custom'],
    ['Hidden', 'custom'],
    ['', null],
    [' \u00a0', null],
    [null, null],
    [undefined, null],
  ])('%j is %j', (text, gender) => expect(parseGender(text)).toBe(gender));

  it('reads its own result as itself, and any other text as custom', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const gender = parseGender(text);
        expect(['Male', 'Female', 'custom', null]).toContain(gender);
        expect(parseGender(gender)).toBe(gender);
      }),
    );
  });
});
