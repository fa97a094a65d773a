import type {
  ClientIntegrationInformation,
  ContactBankAccount,
  Employee,
  Gender,
  MailAddress,
  SubLedgerNumberSeries,
} from '../model.js';
import { flag, int64, nested, required, stamp, text, texts, type Json, type Reader } from './shape.js';

type Readers<T> = { readonly [Key in keyof T]-?: Reader<T[Key]> };

/** The API's name of a member of a model. */
export const apiName = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);

const readAll =
  <T>(readers: Readers<T>) =>
  (from: Json): T => {
    const entries = Object.entries(readers) as [string, Reader<unknown>][];
    return Object.fromEntries(entries.map(([key, read]) => [key, read(from, apiName(key))])) as T;
  };

const gender: Reader<Gender | null> = (from, name) => {
  const value = text(from, name);
  return value === null || value === 'Male' || value === 'Female' ? value : 'Hidden';
};

const readAddress = readAll<MailAddress>({
  addressLine1: text,
  addressLine2: text,
  zipCode: text,
  city: text,
  countryCode: text,
  externalCode: text,
  lastChangedDateTimeOffset: stamp,
});

const employeeReaders: Readers<Employee> = {
  id: required(int64),
  number: int64,
  firstName: text,
  lastName: text,
  emailAddress: text,
  phoneNumber: text,
  dateOfBirth: text,
  gender,
  nationalIdNumber: text,
  jobTitle: text,
  startDate: text,
  endDate: text,
  mailAddress: nested(readAddress),
  salaryBankAccountId: int64,
  externalImportReference: text,
  isArchived: flag,
  lastChangedDateTimeOffset: stamp,
};

/** A member of an employee, by our name. */
export type EmployeeKey = keyof Employee;

/** What is read of an employee when nothing else is asked for. */
export const employeeKeys = Object.keys(employeeReaders) as EmployeeKey[];

/** An employee's members of the given names, and only those: what was not asked for is absent rather than empty. */
export const readEmployee =
  <Key extends EmployeeKey>(keys: readonly Key[]) =>
  (from: Json): Pick<Employee, Key | 'id'> =>
    Object.fromEntries(
      ['id' as const, ...keys].map((key) => [key, employeeReaders[key](from, apiName(key))]),
    ) as unknown as Pick<Employee, Key | 'id'>;

export const readBankAccount = readAll<ContactBankAccount>({
  id: required(int64),
  contactId: required(int64),
  bankAccountNumber: text,
  bicSwift: text,
  countryCode: text,
  isActive: flag,
  lastChangedDateTimeOffset: stamp,
});

export const readNumberSeries = (from: Json): SubLedgerNumberSeries => ({
  id: required(text)(from, 'Id'),
  name: text(from, 'Name'),
  type: text(from, 'SubLedgerNumberSeriesType'),
  from: required(int64)(from, 'FromInclusive'),
  to: required(int64)(from, 'ToInclusive'),
  isDefault: flag(from, 'IsDefault'),
});

export const readClientIntegrationInformation = readAll<ClientIntegrationInformation>({
  clientId: required(text),
  clientName: text,
  activeClientSubscriptions: texts,
  validPrivileges: texts,
  invalidPrivileges: texts,
});
