import type { ClientIntegrationInformation } from './model.js';

/** The fields of an employee that are kept in step; the salary account is a bank account of the contact. */
export const employeeFields = [
  'emailAddress',
  'firstName',
  'lastName',
  'phoneNumber',
  'dateOfBirth',
  'number',
  'salaryBankAccount',
  'gender',
  'mailAddress',
  'nationalIdNumber',
  'startDate',
  'endDate',
  'jobTitle',
] as const;
/** A field of an employee that needs a privilege, by its name in our table of abilities. */
export type EmployeeField = (typeof employeeFields)[number];

/** What to ask for: of PowerOffice's API team a privilege; of the customer the Go module that a privilege needs. */
export interface Ask {
  readonly of: 'poweroffice' | 'customer';
  /** One of these is enough. */
  readonly privileges: readonly string[];
}

/** Whether a field can be written and compared with the privileges that a client has granted. */
export interface FieldAbility {
  readonly field: EmployeeField;
  readonly write: 'yes' | 'no';
  /** `unknown`: the special privilege for gender and ids is not listed; the first read shows it. */
  readonly compare: 'yes' | 'no' | 'unknown';
  readonly reason?: 'privilege-missing' | 'module-missing' | 'special-privilege-not-listed';
  readonly ask?: readonly Ask[];
}

/** Each line is needed; of a line, one privilege is enough. A privilege that writes also reads. */
type Needs = readonly (readonly string[])[];

const readEmployee = ['Employee', 'Employee_Full'];
const writeEmployee = ['Employee_Full'];
const readAccounts = ['ContactBankAccount', 'ContactBankAccount_Full', 'Employee', 'Employee_Full'];
const writeAccounts = ['ContactBankAccount_Full', 'Employee_Full'];
const setSalaryAccount = ['EmployeeBankAccounts_Full'];

/** Hidden from whoever lacks a privilege that `ValidPrivileges` does not list. */
const mayBeHidden: ReadonlySet<EmployeeField> = new Set(['gender', 'nationalIdNumber']);

const needs = (field: EmployeeField): { read: Needs; write: Needs } =>
  field === 'salaryBankAccount'
    ? { read: [readEmployee, readAccounts], write: [writeAccounts, setSalaryAccount] }
    : { read: [readEmployee], write: [writeEmployee] };

/**
 * What may be done with each field under the privileges of a client: who can be written, who compared, why not, and
 * what to ask for. Source: the roles named in the summaries of PowerOffice's OpenAPI document.
 */
export const fieldAbilities = (
  info: Pick<ClientIntegrationInformation, 'validPrivileges' | 'invalidPrivileges'>,
): FieldAbility[] => {
  const valid = new Set(info.validPrivileges.map(fold));
  const withoutModule = new Set(info.invalidPrivileges.map(fold));
  const missing = (all: Needs): Ask[] =>
    all
      .filter((oneOf) => !oneOf.some((privilege) => valid.has(fold(privilege))))
      .map((oneOf) => {
        const granted = oneOf.filter((privilege) => withoutModule.has(fold(privilege)));
        return granted.length > 0 ? { of: 'customer', privileges: granted } : { of: 'poweroffice', privileges: oneOf };
      });
  return employeeFields.map((field) => {
    const { read, write } = needs(field);
    const [unread, unwritten] = [missing(read), missing(write)];
    const ask = distinct([...unread, ...unwritten]);
    const hidden = unread.length === 0 && mayBeHidden.has(field);
    return {
      field,
      write: unwritten.length === 0 ? 'yes' : 'no',
      compare: unread.length > 0 ? 'no' : hidden ? 'unknown' : 'yes',
      ...explain(ask, hidden),
    };
  });
};

const explain = (ask: readonly Ask[], hidden: boolean): Pick<FieldAbility, 'reason' | 'ask'> => {
  if (ask.length > 0)
    return { reason: ask.some(({ of }) => of === 'poweroffice') ? 'privilege-missing' : 'module-missing', ask };
  return hidden ? { reason: 'special-privilege-not-listed' } : {};
};

const fold = (privilege: string): string => privilege.trim().toLowerCase();

/** A privilege that writes also reads: where both are missing, asking for the one that writes is enough. */
const distinct = (asks: readonly Ask[]): Ask[] =>
  asks.filter(
    (ask, i) =>
      !asks.some(
        (other, j) =>
          i !== j &&
          other.privileges.every((privilege) => ask.privileges.includes(privilege)) &&
          (other.privileges.length < ask.privileges.length || j < i),
      ),
  );
