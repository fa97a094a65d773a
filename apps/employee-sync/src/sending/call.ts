import type { Task } from '@huma-poweroffice/sync-rules';

/** How a task's request is named in the audit. */
export const callOf = (task: Task): string | null => {
  switch (task.kind) {
    case 'nothing':
    case 'refresh-index':
      return null;
    case 'patch':
      return `PATCH /Employees/${task.employeeId}`;
    case 'create':
      return 'POST /Employees';
    case 'account-look':
      return `GET /ContactBankAccounts?contactIds=${task.employeeId}`;
    case 'account-create':
      return `POST /ContactBankAccounts/${task.employeeId}`;
    case 'salary-set':
      return `PATCH /Employees/${task.employeeId}/BankAccounts`;
    case 'read':
      return `GET /Employees/${task.employeeId}`;
    case 'read-back':
      return task.what === 'accounts'
        ? `GET /ContactBankAccounts?contactIds=${task.employeeId}`
        : `GET /Employees/${task.employeeId}`;
    case 'look-up':
      return `GET /Employees?externalImportReference=${task.reference}`;
  }
};
