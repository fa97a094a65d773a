import fc from 'fast-check';
import { mask } from './mask.js';

describe('mask', () => {
  it('shows names and other plain values as they are', () => {
    expect(mask('givenName', 'Kari')).toBe('Kari');
    expect(mask('phone', null)).toBeNull();
    expect(mask('email', undefined)).toBeNull();
  });

  it('never shows more than the last two digits of an account or a national id', () => {
    const digits = fc.stringMatching(/^\d{7,34}$/);
    fc.assert(
      fc.property(digits, (number) => {
        for (const shown of [
          mask('nationalId', number),
          mask('bankAccount', { type: 'national', number, country: 'NO' }),
          mask('bankAccount', { type: 'international', iban: number, bic: null }),
        ])
          expect(shown).toBe(`•••${number.slice(-2)}`);
      }),
    );
  });
});
