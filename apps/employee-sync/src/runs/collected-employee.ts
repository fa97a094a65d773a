import { normalizeEmail } from '@huma-poweroffice/huma';
import type { ContactBankAccount, Employee } from '@huma-poweroffice/poweroffice';
import { shownSalaryAccount, shownValues, type ShownValues } from '@huma-poweroffice/sync-rules';
import type { EmployeeNow } from './judge-link.js';
import type { Identity } from './poweroffice-reader.js';
import type { CollectedEmployee, EmployeeValues } from './run.js';

/** A name is shown, an email and a reference are compared: nobody has longer ones, and memory is bounded by them. */
const LONGEST_NAME = 200;
const LONGEST_EMAIL = 1000;
const LONGEST_REFERENCE = 200;

const cut = (text: string, most: number): string => (text.length <= most ? text : text.slice(0, most));

/** Who an employee is, as it is compared; an email that is no email of anybody's is none. */
export const identityOf = ({
  emailAddress,
  externalImportReference,
  isArchived,
}: Omit<Identity, 'id'>): EmployeeNow => ({
  email: emailAddress !== null && emailAddress.length <= LONGEST_EMAIL ? emailAddress : null,
  reference: externalImportReference === null ? null : cut(externalImportReference, LONGEST_REFERENCE),
  archived: isArchived,
});

/** The email of an employee as it is compared; null: none. */
export const emailOf = ({ email }: Pick<EmployeeNow, 'email'>): string | null =>
  email === null || email === '' ? null : normalizeEmail(email);

/** What an employee shows, apart from the number of the salary account. */
export const valuesOf = (employee: Employee): EmployeeValues => {
  const { bankAccount: _, ...shown } = shownValues(employee, null);
  return { shown, accountId: employee.salaryBankAccountId };
};

export const collectedEmployee = (employee: Employee): CollectedEmployee => ({
  employeeId: employee.id,
  name: cut([employee.firstName, employee.lastName].filter(Boolean).join(' '), LONGEST_NAME),
  ...identityOf(employee),
  values: valuesOf(employee),
});

/**
 * What an employee shows, together with the salary account.
 * @param account the salary account; null: it was not seen
 */
export const withAccount = ({ shown, accountId }: EmployeeValues, account: ContactBankAccount | null): ShownValues => {
  const bankAccount = shownSalaryAccount(accountId, account);
  return bankAccount === undefined ? shown : { ...shown, bankAccount };
};
