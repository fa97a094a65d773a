import type { MailAddress } from './model.js';
import type { JsonPatchOperation, JsonValue, MailAddressPost } from './write-model.js';

/** The parts of an address that people write. */
export type AddressParts = Pick<MailAddress, 'addressLine1' | 'addressLine2' | 'zipCode' | 'city' | 'countryCode'>;

/** An address that can be written, or why it cannot. */
export type CheckedAddress =
  | { readonly ok: true; readonly address: MailAddressPost }
  | { readonly ok: false; readonly reason: 'incomplete' | 'too-long' | 'no-country-code' };

/** Longest values that PowerOffice takes, in characters. */
export const addressLimits = { addressLine1: 200, addressLine2: 200, zipCode: 50, city: 100 } as const;

const blank = (text: string | null): boolean => text === null || text.trim() === '';

/**
 * An address as it is written, in the API's names. PowerOffice requires a postal code and a city; Norway is meant where
 * no country is given. Nothing is ever cut to fit.
 */
export const checkAddress = (parts: AddressParts): CheckedAddress => {
  const { addressLine1, addressLine2, zipCode, city } = parts;
  const country = parts.countryCode?.trim().toUpperCase() || 'NO';
  if (zipCode === null || city === null || blank(zipCode) || blank(city)) return { ok: false, reason: 'incomplete' };
  const names = Object.keys(addressLimits) as (keyof typeof addressLimits)[];
  if (names.some((name) => (parts[name]?.length ?? 0) > addressLimits[name])) return { ok: false, reason: 'too-long' };
  if (!/^[A-Z]{2}$/.test(country)) return { ok: false, reason: 'no-country-code' };
  return {
    ok: true,
    address: {
      AddressLine1: blank(addressLine1) ? null : addressLine1,
      AddressLine2: blank(addressLine2) ? null : addressLine2,
      ZipCode: zipCode,
      City: city,
      CountryCode: country,
    },
  };
};

const core = (text: string | null | undefined): string =>
  (text ?? '')
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}\p{M}]/gu, '');

/**
 * What two addresses have in common when they are the same place: the letters and digits of all lines together, of the
 * postal code, the city and the country. How a text is spread over lines, punctuation, spaces and letter case do not
 * count, so what PowerOffice cannot express does not differ for ever.
 */
export const addressKey = (parts: AddressParts): string =>
  [
    core(parts.addressLine1) + core(parts.addressLine2),
    core(parts.zipCode),
    core(parts.city),
    core(parts.countryCode) || 'no',
  ].join('|');

/** Whether two addresses are the same place; none is the same as an empty one. */
export const sameAddress = (a: AddressParts | null, b: AddressParts | null): boolean => keyOrNone(a) === keyOrNone(b);

const keyOrNone = (parts: AddressParts | null): string | null => {
  const key = parts === null ? null : addressKey(parts);
  return key === null || key.startsWith('|||') ? null : key;
};

/**
 * The operations that write an address. Where PowerOffice shows one, every part by its own path, because writing it
 * whole would lose its ExternalCode; where it shows none, whole, because there is nothing to patch in. All parts are
 * written, also unchanged ones: what was shown may be old, and half of two addresses is worse than either.
 */
export const addressPatch = (address: MailAddressPost, shown: AddressParts | null): JsonPatchOperation[] =>
  shown === null
    ? [{ op: 'add', path: '/MailAddress', value: { ...address } }]
    : (Object.entries(address) as [string, JsonValue][]).map(([name, value]) =>
        setOrRemove(`/MailAddress/${name}`, value),
      );

/** The operation that gives a field its value; `remove` is how PowerOffice clears one. */
export const setOrRemove = (path: string, value: JsonValue): JsonPatchOperation =>
  value === null ? { op: 'remove', path } : { op: 'replace', path, value };
