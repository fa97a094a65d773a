/** An int64 as it came: a number where that is exact, else a bigint. */
export type Int = number | bigint;

export interface MailAddress {
  Id: number;
  AddressLine1: string | null;
  AddressLine2: string | null;
  City: string | null;
  ZipCode: string | null;
  CountryCode: string | null;
  ExternalCode: string | null;
  LastChangedDateTimeOffset: string;
}

export interface Employee {
  Id: number;
  Number: Int;
  FirstName: string | null;
  LastName: string | null;
  EmailAddress: string | null;
  PhoneNumber: string | null;
  DateOfBirth: string | null;
  Gender: string | null;
  NationalIdNumber: string | null;
  InternationalIdNumber: string | null;
  InternationalIdCountryCode: string | null;
  InternationalIdType: string | null;
  InternationalIdReportToAltinn: boolean | null;
  JobTitle: string | null;
  HiredDate: string | null;
  StartDate: string | null;
  EndDate: string | null;
  DepartmentId: Int | null;
  DepartmentCode: string | null;
  LocationId: Int | null;
  LocationCode: string | null;
  ManagerEmployeeId: Int | null;
  ManagerEmployeeNo: Int | null;
  MailAddress: MailAddress | null;
  ContactGroupIds: Int[];
  ExternalNumber: Int | null;
  ExternalImportReference: string | null;
  IsArchived: boolean;
  SubledgerAccountId: number;
  SalaryBankAccountId: Int | null;
  ExpenseBankAccountId: Int | null;
  TravelExpenseBankAccountId: Int | null;
  ContactCreatedDateTimeOffset: string;
  EmployeeCreatedDateTimeOffset: string;
  LastChangedDateTimeOffset: string;
  CreatedFromImportJournalId: string | null;
}

export interface BankAccount {
  Id: number;
  ContactId: number;
  BankAccountNumber: string;
  BankCode: string | null;
  BicSwift: string | null;
  CountryCode: string;
  IsActive: boolean;
  CreateDateTimeOffset: string;
  LastChangedDateTimeOffset: string;
}

export interface NumberSeries {
  Id: string;
  Name: string;
  FromInclusive: number;
  ToInclusive: number;
  IsDefault: boolean;
  SubLedgerNumberSeriesType: 'Customer' | 'Supplier' | 'Employee';
  GeneralLedgerAccountId: number;
  GeneralLedgerAccountNo: number;
  IsClientTrust: boolean;
}

/** A PowerOffice client: one company with its own employees, key and privileges. */
export interface Client {
  id: string;
  name: string;
  clientKey: string;
  keyRevoked: boolean;
  privileges: string[];
  invalidPrivileges: string[];
  subscriptions: string[];
  /** Whether gender and national ids can be read; else they show as hidden. */
  readsSensitive: boolean;
  series: NumberSeries[];
}

export const allPrivileges = [
  'Employee_Full',
  'EmployeeBankAccounts_Full',
  'ContactBankAccount_Full',
  'CommonServices',
];

const texts =
  'FirstName LastName EmailAddress PhoneNumber NationalIdNumber InternationalIdNumber InternationalIdCountryCode InternationalIdType JobTitle ExternalImportReference';
const dates = 'DateOfBirth HiredDate StartDate EndDate';
const ints = 'Number DepartmentId LocationId ManagerEmployeeId ExternalNumber';

export type Kind = 'text' | 'date' | 'int' | 'boolean' | 'gender' | 'address' | 'ints';
/** What a request may set on an employee, and of which kind each property is. */
export const writable: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...texts.split(' ').map((n) => [n, 'text'] as const),
  ...dates.split(' ').map((n) => [n, 'date'] as const),
  ...ints.split(' ').map((n) => [n, 'int'] as const),
  ['IsArchived', 'boolean'],
  ['InternationalIdReportToAltinn', 'boolean'],
  ['Gender', 'gender'],
  ['MailAddress', 'address'],
  ['ContactGroupIds', 'ints'],
]);
/** Also accepted when an employee is created. */
export const onlyOnCreate: readonly string[] = [
  'SubLedgerNumberSeriesId',
  'DepartmentCode',
  'LocationCode',
  'ManagerEmployeeNo',
];
export const addressProperties = [
  'AddressLine1',
  'AddressLine2',
  'City',
  'ZipCode',
  'CountryCode',
  'ExternalCode',
] as const;
