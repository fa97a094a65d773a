import fc from 'fast-check';
import { addressKey, addressPatch, checkAddress, sameAddress, type AddressParts } from './address.js';
import type { JsonPatchOperation } from './write-model.js';

const storgata: AddressParts = {
  addressLine1: 'Storgata 1',
  addressLine2: 'c/o Ola, 2. etasje',
  zipCode: '0161',
  city: 'Oslo',
  countryCode: 'NO',
};

describe('checkAddress', () => {
  it("writes by the API's names, and means Norway where no country is given", () => {
    expect(checkAddress({ ...storgata, addressLine2: ' ', countryCode: null })).toEqual({
      ok: true,
      address: { AddressLine1: 'Storgata 1', AddressLine2: null, ZipCode: '0161', City: 'Oslo', CountryCode: 'NO' },
    });
  });

  it.each<[Partial<AddressParts>, string]>([
    [{ zipCode: null }, 'incomplete'],
    [{ zipCode: ' ' }, 'incomplete'],
    [{ city: null }, 'incomplete'],
    [{ addressLine1: 'x'.repeat(201) }, 'too-long'],
    [{ addressLine2: 'x'.repeat(201) }, 'too-long'],
    [{ zipCode: 'x'.repeat(51) }, 'too-long'],
    [{ city: 'x'.repeat(101) }, 'too-long'],
    [{ countryCode: 'Norge' }, 'no-country-code'],
  ])('refuses %j: %s', (part, reason) => {
    expect(checkAddress({ ...storgata, ...part })).toEqual({ ok: false, reason });
  });

  it('takes the longest values whole', () => {
    const longest = {
      addressLine1: 'a'.repeat(200),
      addressLine2: 'b'.repeat(200),
      zipCode: 'c'.repeat(50),
      city: 'd'.repeat(100),
    };
    expect(checkAddress({ ...longest, countryCode: 'se' })).toEqual({
      ok: true,
      address: {
        AddressLine1: longest.addressLine1,
        AddressLine2: longest.addressLine2,
        ZipCode: longest.zipCode,
        City: longest.city,
        CountryCode: 'SE',
      },
    });
  });
});

describe('sameAddress', () => {
  it.each<[Partial<AddressParts>, boolean]>([
    [{}, true],
    [{ addressLine1: 'STORGATA 1, c/o Ola', addressLine2: '2 etasje' }, true],
    [{ addressLine1: null, addressLine2: 'Storgata 1 c/o Ola 2. etasje' }, true],
    [{ city: ' oslo ' }, true],
    [{ zipCode: '01 61' }, true],
    [{ countryCode: null }, true],
    [{ countryCode: 'no' }, true],
    [{ addressLine1: 'Storgata 11' }, false],
    [{ addressLine1: 'Storgåta 1' }, false],
    [{ zipCode: '0162' }, false],
    [{ city: 'Moss' }, false],
    [{ countryCode: 'SE' }, false],
  ])('with %j: %s', (part, same) => {
    expect(sameAddress(storgata, { ...storgata, ...part })).toBe(same);
    expect(sameAddress({ ...storgata, ...part }, storgata)).toBe(same);
  });

  it('reads composed and decomposed letters as one', () => {
    expect(sameAddress({ ...storgata, city: 'A\u030as' }, { ...storgata, city: 'ÅS' })).toBe(true);
  });

  it('takes an empty address for none', () => {
    const empty: AddressParts = { addressLine1: '', addressLine2: null, zipCode: ' ', city: null, countryCode: 'NO' };
    expect([sameAddress(empty, null), sameAddress(null, null), sameAddress(storgata, null)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('does not see how words are spread over lines, nor spaces, signs and letter case', () => {
    const words = fc.array(fc.stringMatching(/^[a-zæøå0-9]{1,8}$/), { maxLength: 6 });
    fc.assert(
      fc.property(words, fc.nat(6), fc.constantFrom(' ', ', ', '. ', '\u00a0'), (all, cut, sign) => {
        const whole = { ...storgata, addressLine1: all.join(' '), addressLine2: null };
        const split = {
          ...storgata,
          addressLine1: all.slice(0, cut).join(sign).toUpperCase(),
          addressLine2: all.slice(cut).join(sign),
        };
        expect(addressKey(split)).toBe(addressKey(whole));
      }),
    );
  });
});

/** What a server does with the operations, as far as an address is concerned. */
const apply = (shown: Record<string, unknown> | null, operations: readonly JsonPatchOperation[]) =>
  operations.reduce<Record<string, unknown> | null>((address, operation) => {
    const child = operation.path.split('/')[2];
    const value = operation.op === 'remove' ? null : operation.value;
    if (child === undefined) return value as Record<string, unknown>;
    if (address === null) throw new Error('no address to patch in');
    return { ...address, [child]: value };
  }, shown);

describe('addressPatch', () => {
  const line = fc.option(fc.stringMatching(/^[A-Za-z0-9]{1,10}$/));
  const post = fc.record({
    AddressLine1: line,
    AddressLine2: line,
    ZipCode: fc.stringMatching(/^[0-9]{4}$/),
    City: fc.stringMatching(/^[A-Za-z]{1,10}$/),
    CountryCode: fc.constantFrom('NO', 'SE'),
  });
  const none: AddressParts = { addressLine1: null, addressLine2: null, zipCode: null, city: null, countryCode: null };

  it('leads to the address wanted, and keeps the ExternalCode of the one shown', () => {
    fc.assert(
      fc.property(post, post, (before, wanted) => {
        expect(apply({ ...before, ExternalCode: 'theirs' }, addressPatch(wanted, none))).toEqual({
          ...wanted,
          ExternalCode: 'theirs',
        });
        expect(apply(null, addressPatch(wanted, null))).toEqual(wanted);
      }),
    );
  });

  it('writes by child paths, and clears by remove', () => {
    const address = {
      AddressLine1: 'Storgata 1',
      AddressLine2: null,
      ZipCode: '0161',
      City: 'Oslo',
      CountryCode: 'NO',
    };
    expect(addressPatch(address, none)).toEqual([
      { op: 'replace', path: '/MailAddress/AddressLine1', value: 'Storgata 1' },
      { op: 'remove', path: '/MailAddress/AddressLine2' },
      { op: 'replace', path: '/MailAddress/ZipCode', value: '0161' },
      { op: 'replace', path: '/MailAddress/City', value: 'Oslo' },
      { op: 'replace', path: '/MailAddress/CountryCode', value: 'NO' },
    ]);
  });
});
