import {
  addressProperties,
  onlyOnCreate,
  writable,
  type Employee,
  type Int,
  type Kind,
  type MailAddress,
} from './model.js';
import { invalid, Problem } from './problem.js';
import type { Ledger } from './state.js';

type Body = Record<string, unknown>;

const ISO_DATE = /^\d{4}-\d{2}-\d{2}(T.*)?$/;
const INT64_MAX = 2n ** 63n - 1n;

const asInt = (name: string, value: unknown): Int => {
  const n = typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : value;
  if (typeof n === 'bigint') {
    if (n > INT64_MAX || n < -INT64_MAX)
      throw invalid(name, `The value of ${name} is outside the range of a 64 bit integer.`);
    return n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n;
  }
  if (typeof n === 'number' && Number.isInteger(n)) return n;
  throw invalid(name, `The value of ${name} is not an integer.`);
};

/** The control digits of a Norwegian national identity number; the first may leave 0 to 3 (reform of 2032). */
export const isNationalId = (text: string): boolean => {
  if (!/^\d{11}$/.test(text)) return false;
  const sum = (weights: number[]): number => weights.reduce((s, w, i) => s + w * Number(text[i]), 0) % 11;
  return sum([3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) <= 3 && sum([5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) === 0;
};

const readAddress = (
  value: unknown,
  before: MailAddress | null,
  ids: () => number,
  now: string,
): MailAddress | null => {
  if (value === null) return null;
  if (typeof value !== 'object') throw invalid('MailAddress', 'MailAddress is not an object.');
  const given = value as Body;
  const text = (name: (typeof addressProperties)[number], max: number): string | null => {
    const v = given[name] ?? null;
    if (v !== null && typeof v !== 'string') throw invalid(`MailAddress.${name}`, 'The value is not a text.');
    if (v !== null && v.length > max) throw invalid(`MailAddress.${name}`, `The maximum length is ${String(max)}.`);
    return v;
  };
  const address = {
    Id: before?.Id ?? ids(),
    AddressLine1: text('AddressLine1', 200),
    AddressLine2: text('AddressLine2', 200),
    City: text('City', 100),
    ZipCode: text('ZipCode', 50),
    CountryCode: text('CountryCode', 2) ?? 'NO',
    ExternalCode: text('ExternalCode', 50),
    LastChangedDateTimeOffset: now,
  };
  if (!address.City || !address.ZipCode) throw invalid('MailAddress', 'City and ZipCode are required.');
  return address;
};

const convert = (name: string, kind: Kind, value: unknown): unknown => {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case 'text':
      if (typeof value !== 'string') throw invalid(name, `The value of ${name} is not a text.`);
      return value === '' ? null : value;
    case 'date':
      if (typeof value !== 'string' || !ISO_DATE.test(value) || Number.isNaN(Date.parse(value.slice(0, 10)))) {
        throw invalid(name, `The value of ${name} is not a date.`);
      }
      return value.slice(0, 10);
    case 'int':
      return asInt(name, value);
    case 'boolean':
      if (typeof value !== 'boolean') throw invalid(name, `The value of ${name} is not a boolean.`);
      return value;
    case 'gender':
      if (value !== 'Male' && value !== 'Female') throw invalid(name, 'The value is not a gender that can be set.');
      return value;
    case 'ints':
      if (!Array.isArray(value)) throw invalid(name, `The value of ${name} is not a list.`);
      return value.map((v) => asInt(name, v));
    case 'address':
      return value;
  }
};

/** What must hold for an employee among all employees of its client. */
const check = (ledger: Ledger, employee: Employee, before: Employee | null): void => {
  if (!employee.FirstName) throw invalid('FirstName', 'The FirstName field is required.');
  if (!employee.LastName) throw invalid('LastName', 'The LastName field is required.');
  if (employee.NationalIdNumber && !isNationalId(employee.NationalIdNumber)) {
    throw new Problem(400, 'Bad Request', 'National id number is not valid.');
  }
  if ((employee.ExternalImportReference?.length ?? 0) > 50)
    throw invalid('ExternalImportReference', 'The maximum length is 50.');
  const numberChanged = !before || BigInt(before.Number) !== BigInt(employee.Number);
  const series = ledger.client.series.filter((s) => s.SubLedgerNumberSeriesType === 'Employee');
  if (
    numberChanged &&
    !series.some(
      (s) => BigInt(employee.Number) >= BigInt(s.FromInclusive) && BigInt(employee.Number) <= BigInt(s.ToInclusive),
    )
  ) {
    throw new Problem(400, 'Bad Request', 'Number is outside the number series of employees.');
  }
  if (numberChanged && ledger.index.isTaken(employee, 'Number'))
    throw new Problem(400, 'Bad Request', 'Number is already in use by another employee.');
  if (ledger.index.isTaken(employee, 'ExternalImportReference')) {
    const reference = String(employee.ExternalImportReference);
    throw new Problem(400, 'Bad Request', `External import reference '${reference}' is already in use.`);
  }
  if (ledger.index.isTaken(employee, 'ExternalNumber'))
    throw new Problem(400, 'Bad Request', 'External number is already in use.');
};

const nextNumber = (ledger: Ledger, seriesId: unknown): Int => {
  const employees = ledger.client.series.filter((s) => s.SubLedgerNumberSeriesType === 'Employee');
  const series = employees.find((s) => (seriesId ? s.Id === seriesId : s.IsDefault)) ?? employees[0];
  if (!series) throw new Problem(400, 'Bad Request', 'There is no number series of employees.');
  return ledger.index.nextNumber(series);
};

/** Sets properties of an employee from a body, name by name; unknown and read-only ones are refused. */
export const assign = (employee: Employee, body: Body, ledger: Ledger, now: string): Employee => {
  const changed: Body = { ...employee };
  for (const [name, value] of Object.entries(body)) {
    const kind = writable.get(name);
    if (!kind) throw invalid(name, `${name} is not a member that can be written.`);
    changed[name] =
      kind === 'address'
        ? readAddress(value ?? null, employee.MailAddress, () => ledger.nextId(), now)
        : convert(name, kind, value);
  }
  return changed as unknown as Employee;
};

/** A new employee; refused as a whole when anything is wrong with it. */
export const createEmployee = (ledger: Ledger, body: Body): Employee => {
  const now = new Date().toISOString();
  const { SubLedgerNumberSeriesId, ...rest } = body;
  const known = Object.fromEntries(Object.entries(rest).filter(([name]) => !onlyOnCreate.includes(name)));
  const id = ledger.nextId();
  const empty = Object.fromEntries([...writable.keys()].map((name) => [name, null])) as unknown as Employee;
  const employee = assign(
    {
      ...empty,
      Id: id,
      ContactGroupIds: [],
      IsArchived: false,
      DepartmentCode: null,
      LocationCode: null,
      ManagerEmployeeNo: null,
      SubledgerAccountId: id,
      SalaryBankAccountId: null,
      ExpenseBankAccountId: null,
      TravelExpenseBankAccountId: null,
      ContactCreatedDateTimeOffset: now,
      EmployeeCreatedDateTimeOffset: now,
      LastChangedDateTimeOffset: now,
      CreatedFromImportJournalId: null,
    },
    known,
    ledger,
    now,
  );
  const number = (employee as { Number: Int | null }).Number;
  employee.Number = number ?? nextNumber(ledger, SubLedgerNumberSeriesId);
  employee.ContactGroupIds ??= [];
  employee.IsArchived ??= false;
  check(ledger, employee, null);
  return employee;
};

/** An employee changed as a whole, or refused as a whole. A change of only the address does not move LastChanged. */
export const changeEmployee = (ledger: Ledger, before: Employee, body: Body): Employee => {
  const now = new Date().toISOString();
  const changed = assign(before, body, ledger, now);
  changed.Number ??= before.Number;
  const onlyAddress = Object.keys(body).every((name) => name === 'MailAddress');
  if (!onlyAddress) changed.LastChangedDateTimeOffset = now;
  check(ledger, changed, before);
  return changed;
};
