import fc from 'fast-check';
import { canonicalUuid, isMoment, shownEventType, storableText } from './clean.js';

const anyText = fc.string({
  unit: fc.constantFrom('a', '\u00e5', '\u030a', '\ud83d', '\ude00', '\u0000', '\t', '\u0085', '\u007f'),
});

describe('storableText', () => {
  it.each([
    ['Storgata 5\u0000', 'Storgata 5'],
    ['Storgata 5\nOslo', 'Storgata 5 Oslo'],
    ['A\u030Ase', '\u00c5se'],
    ['A\u0007\u030A', '\u00c5'],
    ['d\u00f8r \ud83d', 'd\u00f8r \ufffd'],
    ['\ud83d\ude00', '\ud83d\ude00'],
  ])('%j is stored as %j', (text, stored) => {
    expect(storableText(text)).toBe(stored);
  });

  it('is something that UTF-8 can say, and is clean itself', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const stored = storableText(text);
        expect(Buffer.from(stored, 'utf8').toString('utf8')).toBe(stored);
        expect(stored).not.toMatch(/\p{Cc}/u);
        expect(storableText(stored)).toBe(stored);
      }),
    );
  });
});

describe('canonicalUuid', () => {
  it('knows every spelling of one id, and nothing else', () => {
    const spell = fc.constantFrom<(id: string) => string>(
      (id) => id,
      (id) => id.toUpperCase(),
      (id) => `urn:uuid:${id}`,
      (id) => `{${id}}`,
      (id) => `urn:uuid:{${id}}`,
    );
    fc.assert(fc.property(fc.uuid(), spell, (id, spelled) => canonicalUuid(spelled(id)) === id));
    fc.assert(fc.property(fc.string(), (text) => canonicalUuid(text) === null));
  });

  it.each([
    '{00000000-0000-4000-8000-000000000000',
    '00000000000040008000000000000000',
    ' 00000000-0000-4000-8000-000000000000',
  ])('%s is not one', (text) => {
    expect(canonicalUuid(text)).toBeNull();
  });
});

describe('isMoment', () => {
  it.each([
    ['2026-11-23T09:30:00.123Z', true],
    ['2026-11-23t09:30:00+01:00', true],
    ['2026-11-23T09:30:00', false],
    ['2026-02-30T09:30:00Z', false],
    ['2026-13-01T09:30:00Z', false],
    ['0000-01-01T00:00:00Z', false],
    ['9999-12-31T23:59:59+00:00', true],
    ['9999-12-31T23:59:59-01:00', false],
  ])('%s: %p', (text, is) => {
    expect(isMoment(text)).toBe(is);
  });
});

it('shows every type of the contract', async () => {
  const { eventSchemas } = await import('./read-event.js');
  for (const type of Object.values(eventSchemas).flatMap((types) => Object.keys(types)))
    expect(shownEventType(type)).toBe(type);
});
