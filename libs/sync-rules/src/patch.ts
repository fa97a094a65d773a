import type { JsonPatchOperation, MailAddress, MailAddressPost } from '@huma-poweroffice/poweroffice';
import { addressPatch, setOrRemove } from '@huma-poweroffice/poweroffice';
import { fieldRules, type Field } from './fields.js';
import type { Json } from './json.js';

const addressBody = (value: Json): MailAddressPost => {
  const { addressLine1, addressLine2, zipCode, city, countryCode } = value as unknown as MailAddress;
  return {
    AddressLine1: addressLine1,
    AddressLine2: addressLine2,
    ZipCode: zipCode ?? '',
    City: city ?? '',
    CountryCode: countryCode ?? 'NO',
  };
};

/**
 * The JSON Patch operations that give a field its value.
 * @param value in PowerOffice's terms; null clears
 * @param shown what PowerOffice showed last; only looked at for addresses, which are written by parts where there is one
 */
export const patchOperations = (field: Field, value: Json, shown: Json | undefined): JsonPatchOperation[] => {
  const { path } = fieldRules[field];
  if (path === null) return [];
  if (field !== 'homeAddress' || value === null) return [setOrRemove(path, value)];
  return addressPatch(addressBody(value), (shown ?? null) as unknown as MailAddress | null);
};

/** The body of a new employee, in the API's names, from the fields' values in PowerOffice's terms. */
export const employeeBody = (
  values: { readonly [F in Field]?: Json },
  reference: string,
): { readonly [name: string]: Json } => {
  const body: Record<string, Json> = { ExternalImportReference: reference };
  for (const [field, value] of Object.entries(values) as [Field, Json][]) {
    const { path } = fieldRules[field];
    if (path === null || value === null) continue;
    body[path.slice(1)] = field === 'homeAddress' ? { ...addressBody(value) } : value;
  }
  return body;
};
