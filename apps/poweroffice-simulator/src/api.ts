import { Router, type Request, type Response } from 'express';
import { changeEmployee, createEmployee } from './employees.js';
import type { Faults } from './faults.js';
import { applyPatch } from './json-patch.js';
import { parseJson } from './json.js';
import { stampedBody, flag, instant, param, ranges, sendPage } from './lists.js';
import type { BankAccount, Client, Employee } from './model.js';
import { invalid, Problem } from './problem.js';
import type { Ledger } from './state.js';

export interface ApiLocals {
  ledger: Ledger;
}

const ledgerOf = (res: Response): Ledger => (res.locals as ApiLocals).ledger;

const allow = (client: Client, ...anyOf: string[]): void => {
  if (!anyOf.some((p) => client.privileges.includes(p))) throw new Problem(403, 'Forbidden', '');
};

/** Gender and ids are hidden from an integration without the special privilege; an empty id still reads as null. */
const shownTo = (client: Client, e: Employee): Employee =>
  client.readsSensitive
    ? e
    : {
        ...e,
        Gender: 'Hidden',
        NationalIdNumber: e.NationalIdNumber && 'hidden',
        InternationalIdNumber: e.InternationalIdNumber && 'hidden',
      };

const id = (req: Request, name: string): number => {
  const text = req.params[name];
  if (typeof text !== 'string' || !/^\d+$/.test(text)) throw invalid(name, `The value '${String(text)}' is not valid.`);
  return Number(text);
};

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

const bodyOf = (req: Request): unknown => {
  try {
    return parseJson(String(req.body));
  } catch {
    throw invalid('$', 'The body is not valid JSON.');
  }
};
const objectOf = (req: Request): Record<string, unknown> => {
  if (!req.is('application/json')) throw new Problem(415, 'Unsupported Media Type', '');
  const body = bodyOf(req);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('$', 'The body is not an object.');
  return body as Record<string, unknown>;
};
const patchBodyOf = (req: Request): unknown => {
  if (!req.is(['application/json-patch+json', 'application/json']))
    throw new Problem(415, 'Unsupported Media Type', '');
  return bodyOf(req);
};

const accountProperties = ['BankAccountNumber', 'BankCode', 'BicSwift', 'CountryCode', 'IsActive'];

const readAccount = (body: Record<string, unknown>, before: BankAccount): BankAccount => {
  for (const [name, value] of Object.entries(body)) {
    if (!accountProperties.includes(name)) throw invalid(name, `${name} is not a member that can be written.`);
    if (name === 'IsActive' ? typeof value !== 'boolean' : value !== null && typeof value !== 'string') {
      throw invalid(name, `The value of ${name} is not valid.`);
    }
  }
  const account = { ...before, ...body, LastChangedDateTimeOffset: new Date().toISOString() };
  account.CountryCode ??= 'NO';
  if (!account.BankAccountNumber) throw invalid('BankAccountNumber', 'The BankAccountNumber field is required.');
  return account;
};

/** The employee-related part of PowerOffice Go's API v2. */
export const api = (faults: Faults): Router => {
  const router = Router({ caseSensitive: false });
  const send = (res: Response, status: number, value: unknown): void => {
    res.status(status).type('application/json').send(stampedBody(value, faults));
  };

  const employeeOf = (req: Request, res: Response): Employee => {
    const employee = ledgerOf(res).employee(id(req, 'employeeId'));
    if (!employee) throw new Problem(404, 'Not Found', 'The employee was not found.');
    return employee;
  };
  const seenEmployee = (req: Request, res: Response): Employee => {
    const employee = ledgerOf(res).seenEmployee(id(req, 'employeeId'), faults.readLagMs);
    if (!employee) throw new Problem(404, 'Not Found', 'The employee was not found.');
    return employee;
  };

  router.get('/ClientIntegrationInformation', (_req, res) => {
    const { client } = ledgerOf(res);
    send(res, 200, {
      ClientId: client.id,
      ClientName: client.name,
      ActiveClientSubscriptions: client.subscriptions,
      ValidPrivileges: client.privileges,
      InvalidPrivileges: client.invalidPrivileges,
    });
  });

  router.get('/SubLedgerNumberSeries', (req, res) => {
    const { client } = ledgerOf(res);
    allow(client, 'CommonServices', 'CommonServices_Full');
    const type = param(req, 'subLedgerNumberSeriesType');
    const isDefault = flag(req, 'isDefault');
    const accounts = param(req, 'generalLedgerAccountNos');
    const ofAccounts = accounts === null ? null : ranges(accounts);
    sendPage(
      req,
      res,
      client.series.filter(
        (s) =>
          (!type || s.SubLedgerNumberSeriesType === type) &&
          (isDefault === null || s.IsDefault === isDefault) &&
          (!ofAccounts || ofAccounts(s.GeneralLedgerAccountNo)),
      ),
      faults,
    );
  });

  router.get('/SubLedgerNumberSeries/:id', (req, res) => {
    const { client } = ledgerOf(res);
    allow(client, 'CommonServices', 'CommonServices_Full');
    const wanted = req.params.id;
    if (!isUuid(wanted)) throw invalid('id', `The value '${wanted}' is not valid.`);
    const series = client.series.find((s) => s.Id.toLowerCase() === wanted.toLowerCase());
    if (!series) throw new Problem(404, 'Not Found', 'The number series was not found.');
    send(res, 200, series);
  });

  router.get('/Employees', (req, res) => {
    const { client } = ledgerOf(res);
    allow(client, 'Employee', 'Employee_Full');
    const numbers = param(req, 'employeeNos');
    const inNumbers = numbers === null ? null : ranges(numbers);
    const reference = param(req, 'externalImportReference');
    const changed = instant(req, 'lastChangedDateTimeOffsetGreaterThan');
    const created = instant(req, 'employeeCreatedDateTimeOffsetGreaterThan');
    const rows = ledgerOf(res)
      .seenEmployees(faults.readLagMs)
      .filter(
        (e) =>
          (!inNumbers || inNumbers(e.Number)) &&
          (reference === null || e.ExternalImportReference === reference) &&
          (changed === null || Date.parse(e.LastChangedDateTimeOffset) > changed) &&
          (created === null || Date.parse(e.EmployeeCreatedDateTimeOffset) > created),
      );
    sendPage(
      req,
      res,
      rows.map((e) => shownTo(client, e)),
      faults,
    );
  });

  router.post('/Employees', async (req, res) => {
    const ledger = ledgerOf(res);
    allow(ledger.client, 'Employee_Full');
    const employee = createEmployee(ledger, objectOf(req));
    await ledger.putEmployee(employee);
    send(res, 201, shownTo(ledger.client, employee));
  });

  router.get('/Employees/:employeeId', (req, res) => {
    const { client } = ledgerOf(res);
    allow(client, 'Employee', 'Employee_Full');
    send(res, 200, shownTo(client, seenEmployee(req, res)));
  });

  router.patch('/Employees/:employeeId', async (req, res) => {
    const ledger = ledgerOf(res);
    allow(ledger.client, 'Employee_Full');
    const before = employeeOf(req, res);
    const employee = changeEmployee(ledger, before, applyPatch(before, patchBodyOf(req)));
    await ledger.putEmployee(employee);
    send(res, 200, shownTo(ledger.client, employee));
  });

  router.delete('/Employees/:employeeId', async (req, res) => {
    const ledger = ledgerOf(res);
    allow(ledger.client, 'Employee_Full');
    await ledger.removeEmployee(employeeOf(req, res).Id);
    res.status(200).end();
  });

  router.patch('/Employees/:employeeId/BankAccounts', async (req, res) => {
    const ledger = ledgerOf(res);
    allow(ledger.client, 'EmployeeBankAccounts_Full');
    const before = employeeOf(req, res);
    const { SalaryBankAccountId, ExpenseBankAccountId, TravelExpenseBankAccountId } = before;
    const target = { SalaryBankAccountId, ExpenseBankAccountId, TravelExpenseBankAccountId };
    const change = applyPatch(target, patchBodyOf(req));
    for (const [name, value] of Object.entries(change)) {
      if (value === null) continue;
      if (ledger.account(Number(value))?.ContactId !== before.Id)
        throw invalid(name, 'The bank account is not one of the contact.');
      change[name] = Number(value);
    }
    const employee: Employee = { ...before, ...change, LastChangedDateTimeOffset: new Date().toISOString() };
    employee.ExpenseBankAccountId ??= employee.SalaryBankAccountId;
    employee.TravelExpenseBankAccountId ??= employee.SalaryBankAccountId;
    await ledger.putEmployee(employee);
    send(res, 200, shownTo(ledger.client, employee));
  });

  const mayReadAccounts = (res: Response): Ledger => {
    const ledger = ledgerOf(res);
    allow(ledger.client, 'ContactBankAccount', 'ContactBankAccount_Full', 'Employee', 'Employee_Full');
    return ledger;
  };
  const accountOf = (req: Request, accounts: BankAccount[]): BankAccount => {
    const account = accounts.find((a) => a.Id === id(req, 'id') && a.ContactId === id(req, 'contactId'));
    if (!account) throw new Problem(404, 'Not Found', 'The bank account was not found.');
    return account;
  };

  router.get('/ContactBankAccounts', (req, res) => {
    const ledger = mayReadAccounts(res);
    const contacts = param(req, 'contactIds')
      ?.split(',')
      .map((t) => Number(t.trim()));
    const numbers = param(req, 'bankAccountNumbers')
      ?.split(',')
      .map((t) => t.replace(/\s/g, ''));
    const changed = instant(req, 'lastChangedDateTimeOffsetGreaterThan');
    const rows = ledger
      .seenAccounts(faults.readLagMs)
      .filter(
        (a) =>
          (!contacts || contacts.includes(a.ContactId)) &&
          (!numbers || numbers.includes(a.BankAccountNumber.replace(/\s/g, ''))) &&
          (changed === null || Date.parse(a.LastChangedDateTimeOffset) > changed),
      );
    sendPage(req, res, rows, faults);
  });

  router.post('/ContactBankAccounts/:contactId', async (req, res) => {
    const ledger = ledgerOf(res);
    allow(ledger.client, 'ContactBankAccount_Full', 'Employee_Full');
    const contactId = id(req, 'contactId');
    if (!ledger.employee(contactId)) throw new Problem(404, 'Not Found', 'The contact was not found.');
    const now = new Date().toISOString();
    const account = readAccount(objectOf(req), {
      Id: ledger.nextId(),
      ContactId: contactId,
      BankAccountNumber: '',
      BankCode: null,
      BicSwift: null,
      CountryCode: 'NO',
      IsActive: true,
      CreateDateTimeOffset: now,
      LastChangedDateTimeOffset: now,
    });
    await ledger.putAccount(account);
    send(res, 201, account);
  });

  router.get('/ContactBankAccounts/:contactId/:id', (req, res) => {
    send(res, 200, accountOf(req, mayReadAccounts(res).seenAccounts(faults.readLagMs)));
  });

  router.patch('/ContactBankAccounts/:contactId/:id', async (req, res) => {
    const ledger = ledgerOf(res);
    allow(ledger.client, 'ContactBankAccount_Full', 'Employee_Full');
    const before = accountOf(req, ledger.allAccounts());
    const account = readAccount(applyPatch(before, patchBodyOf(req)), before);
    await ledger.putAccount(account);
    send(res, 200, account);
  });

  router.delete('/ContactBankAccounts/:contactId/:id', async (req, res) => {
    const ledger = ledgerOf(res);
    allow(ledger.client, 'ContactBankAccount_Full', 'Employee_Full');
    const account = accountOf(req, ledger.allAccounts());
    const used = ledger
      .allEmployees()
      .some((e) => [e.SalaryBankAccountId, e.ExpenseBankAccountId, e.TravelExpenseBankAccountId].includes(account.Id));
    if (used) throw new Problem(409, 'Conflict', 'The bank account is in use.');
    await ledger.removeAccount(account.Id);
    res.status(200).end();
  });

  return router;
};
