import type { Int64 } from './int64.js';

/** A value of a JSON document. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What is written goes by the API's own names, as JSON Patch paths do. A 64-bit integer is a text of digits here too. */
export interface EmployeePost {
  readonly FirstName: string;
  readonly LastName: string;
  readonly EmailAddress?: string | null;
  readonly PhoneNumber?: string | null;
  readonly DateOfBirth?: string | null;
  readonly Gender?: 'Male' | 'Female' | null;
  /** In a number series of employees; PowerOffice takes the next free one when it is left out. */
  readonly Number?: Int64 | null;
  readonly NationalIdNumber?: string | null;
  readonly JobTitle?: string | null;
  readonly StartDate?: string | null;
  readonly EndDate?: string | null;
  readonly MailAddress?: MailAddressPost | null;
  /** At most 50 characters, unique among the employees of the client: what makes creating safe to repeat. */
  readonly ExternalImportReference?: string | null;
}

/** An address as it is written. */
export interface MailAddressPost {
  readonly AddressLine1: string | null;
  readonly AddressLine2: string | null;
  readonly ZipCode: string;
  readonly City: string;
  readonly CountryCode: string;
}

/** A bank account as it is added to a contact. */
export interface ContactBankAccountPost {
  readonly BankAccountNumber: string;
  readonly CountryCode?: string;
  readonly BicSwift?: string | null;
  readonly IsActive?: boolean;
}

/** RFC 6902, with PascalCase paths: other spellings are said to be ignored silently in places. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string };
