import fc from 'fast-check';
import { genderToHuma, genderToPowerOffice, type GenderForHuma } from './gender.js';

describe('a gender', () => {
  it.each([
    ['Male', 'Male'],
    ['female', 'Female'],
    ['non-binary', null],
    ['Hidden', null],
    ['', null],
  ])('%j of Huma is %j in PowerOffice', (text, gender) => expect(genderToPowerOffice(text)).toBe(gender));

  it.each<[Parameters<typeof genderToHuma>[0], GenderForHuma]>([
    ['Male', { take: 'Male' }],
    ['Female', { take: 'Female' }],
    ['Hidden', { leave: 'hidden-in-poweroffice' }],
    [null, { leave: 'unspecified-in-poweroffice' }],
  ])('%j of PowerOffice: %j in Huma', (gender, expected) => expect(genderToHuma(gender)).toEqual(expected));

  it('is kept there and back, or leaves Huma as it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom('Male', 'Female', 'MALE', ' female'), fc.string()), (text) => {
        const there = genderToPowerOffice(text);
        const back = genderToHuma(there);
        expect('take' in back ? genderToPowerOffice(back.take) : null).toBe(there);
      }),
    );
  });
});
