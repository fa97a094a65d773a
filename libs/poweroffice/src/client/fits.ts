import type { Int64 } from '../int64.js';
import type { ContactBankAccount, Employee } from '../model.js';
import { employeeKeys, readBankAccount, readEmployee, type EmployeeKey } from './read-model.js';
import { MisfitError, type Json } from './shape.js';

interface EmployeeQuestion<Key extends EmployeeKey> {
  readonly externalImportReference?: string;
  readonly employeeNos?: readonly Int64[];
  readonly fields?: readonly Key[];
}

/** References are ids, whose letter case says nothing. */
const sameReference = (a: string | null, b: string | null): boolean => a?.toLowerCase() === b?.toLowerCase();

/**
 * How the employees that a question asks for are read: with the members by which they can be checked against it, of
 * which only those that were asked for are answered. `read` throws MisfitError.
 */
export const askedEmployees = <Key extends EmployeeKey>(
  query: EmployeeQuestion<Key>,
): { readonly asked: EmployeeKey[]; readonly read: (row: Json) => Pick<Employee, Key | 'id'> } => {
  const { externalImportReference: reference, employeeNos, fields = employeeKeys as Key[] } = query;
  const checked: EmployeeKey[] = [
    'id',
    ...(reference === undefined ? [] : (['externalImportReference'] as const)),
    ...(employeeNos === undefined ? [] : (['number'] as const)),
  ];
  const asked = [...new Set([...checked, ...fields])];
  const numbers = new Set(employeeNos);
  const readAsked = readEmployee(asked);
  const misfit = (employee: Partial<Employee>): string | null => {
    if (reference !== undefined && !sameReference(employee.externalImportReference ?? null, reference))
      return 'ExternalImportReference';
    return employeeNos !== undefined && !numbers.has(employee.number ?? '') ? 'Number' : null;
  };
  const answered = new Set<string>(['id', ...fields]);
  const read = (row: Json): Pick<Employee, Key | 'id'> => {
    const employee = readAsked(row);
    const wrong = misfit(employee);
    if (wrong !== null) throw new MisfitError(wrong);
    const members = Object.entries(employee).filter(([key]) => answered.has(key));
    return Object.fromEntries(members) as Pick<Employee, Key | 'id'>;
  };
  return { asked, read };
};

/** How the accounts of contacts are read; of all contacts where none are named. */
export const ofContacts =
  (contactIds: readonly Int64[] | undefined) =>
  (row: Json): ContactBankAccount => {
    const account = readBankAccount(row);
    if (contactIds && !contactIds.includes(account.contactId)) throw new MisfitError('ContactId');
    return account;
  };

/** The employee, if it carries the reference with which it was created. @throws MisfitError */
export const ofReference = (employee: Employee, reference: string | null): Employee => {
  if (reference !== null && !sameReference(employee.externalImportReference, reference))
    throw new MisfitError('ExternalImportReference');
  return employee;
};
