import type { Int64 } from './int64.js';

/** Never `Hidden` when written. `Hidden` means that there may be a value which we may not see; so do genders to come. */
export type Gender = 'Male' | 'Female' | 'Hidden';

/** What of an employee is read. Names are the API's own in camel case; null means that the field is empty there. */
export interface Employee {
  readonly id: Int64;
  readonly number: Int64 | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly emailAddress: string | null;
  /** Free text, never checked by PowerOffice. */
  readonly phoneNumber: string | null;
  /** May carry a time part: `readDate`. The same goes for every date here. */
  readonly dateOfBirth: string | null;
  readonly gender: Gender | null;
  /** The text `hidden` where the privilege to see it is missing: `isHidden`. */
  readonly nationalIdNumber: string | null;
  readonly jobTitle: string | null;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly mailAddress: MailAddress | null;
  readonly salaryBankAccountId: Int64 | null;
  readonly externalImportReference: string | null;
  readonly isArchived: boolean;
  /** Does not move when only the address or a bank account changes. */
  readonly lastChangedDateTimeOffset: string | null;
}

/** The one address of an employee. */
export interface MailAddress {
  readonly addressLine1: string | null;
  readonly addressLine2: string | null;
  readonly zipCode: string | null;
  readonly city: string | null;
  /** ISO 3166-1 alpha-2; `NO` is meant where there is none. */
  readonly countryCode: string | null;
  /** Another system's reference: it must survive our writes. */
  readonly externalCode: string | null;
  readonly lastChangedDateTimeOffset: string | null;
}

/** A bank account of a contact; an employee is a contact with the same id. */
export interface ContactBankAccount {
  readonly id: Int64;
  readonly contactId: Int64;
  readonly bankAccountNumber: string | null;
  readonly bicSwift: string | null;
  readonly countryCode: string | null;
  readonly isActive: boolean;
  readonly lastChangedDateTimeOffset: string | null;
}

/** A range from which PowerOffice numbers its contacts; employees only in series of type `Employee`. */
export interface SubLedgerNumberSeries {
  readonly id: string;
  readonly name: string | null;
  readonly type: string | null;
  readonly from: Int64;
  readonly to: Int64;
  readonly isDefault: boolean;
}

/** Whose data a token opens, and what it may do with them. */
export interface ClientIntegrationInformation {
  readonly clientId: string;
  readonly clientName: string | null;
  readonly activeClientSubscriptions: readonly string[];
  readonly validPrivileges: readonly string[];
  /** Granted to the integration, but of no use: the client lacks the module. */
  readonly invalidPrivileges: readonly string[];
}
