import { randomUUID } from 'node:crypto';
import express, { Router } from 'express';
import { changeEmployee, createEmployee } from './employees.js';
import type { FaultRule, Faults } from './faults.js';
import { toJson } from './json.js';
import { allPrivileges, type BankAccount, type Client } from './model.js';
import { Problem } from './problem.js';
import type { RequestLog } from './request-log.js';
import type { Ledger, World } from './state.js';

interface Behaviour {
  readLagMs?: number;
  latencyMs?: number;
  down?: boolean;
  /** Whether lists say by a header if there is a next page. */
  pagination?: boolean;
  /** Whether stamps say their offset. */
  offsets?: boolean;
}

/** What a clerk does by hand, what goes wrong, and what was asked for: the side of the simulator that no service knows. */
export const control = (world: World, faults: Faults, log: RequestLog): Router => {
  const router = Router();
  router.use(express.json({ limit: '200mb' }));

  const ledgerOf = (clientId: string): Ledger => {
    const ledger = world.of(clientId);
    if (!ledger) throw new Problem(404, 'Not Found', 'There is no such client.');
    return ledger;
  };

  router.get('/clients', (_req, res) => void res.json(world.clients()));

  router.put('/clients/:id', async (req, res) => {
    const given = req.body as Partial<Client>;
    const before = world.of(req.params.id)?.client;
    const client: Client = {
      id: req.params.id,
      name: 'Company',
      clientKey: randomUUID(),
      keyRevoked: false,
      privileges: [...allPrivileges],
      invalidPrivileges: [],
      subscriptions: ['Accounting', 'Payroll'],
      readsSensitive: true,
      series: [
        {
          Id: randomUUID(),
          Name: 'Employees',
          FromInclusive: 10_000,
          ToInclusive: 99_999,
          IsDefault: true,
          SubLedgerNumberSeriesType: 'Employee',
          GeneralLedgerAccountId: 1,
          GeneralLedgerAccountNo: 2930,
          IsClientTrust: false,
        },
      ],
      ...before,
      ...given,
    };
    if (before && (client.keyRevoked || client.clientKey !== before.clientKey)) world.dropTokens(client.id);
    await world.putClient(client);
    res.json(client);
  });

  router.delete('/clients/:id', async (req, res) => {
    await world.removeClient(req.params.id);
    res.status(204).end();
  });

  router.get('/clients/:id/employees', (req, res) => {
    res.type('application/json').send(toJson(ledgerOf(req.params.id).allEmployees()));
  });

  router.get('/clients/:id/accounts', (req, res) => void res.json(ledgerOf(req.params.id).allAccounts()));

  /** Many employees at once, each with an optional `BankAccountNumber` that becomes the salary account. */
  router.post('/clients/:id/employees', async (req, res) => {
    const ledger = ledgerOf(req.params.id);
    const accounts: BankAccount[] = [];
    const employees = (req.body as Record<string, unknown>[]).map((body) => {
      const { BankAccountNumber, ...rest } = body;
      const employee = createEmployee(ledger, rest);
      if (typeof BankAccountNumber === 'string') {
        const account = newAccount(ledger, employee.Id, BankAccountNumber);
        accounts.push(account);
        employee.SalaryBankAccountId = employee.ExpenseBankAccountId = employee.TravelExpenseBankAccountId = account.Id;
      }
      ledger.load([employee], []);
      return employee;
    });
    await ledger.putAll(employees, accounts);
    res.status(201).type('application/json').send(toJson(employees));
  });

  /** A clerk edits an employee by hand; `SalaryAccount` is a number that is created and set. */
  router.patch('/clients/:id/employees/:employeeId', async (req, res) => {
    const ledger = ledgerOf(req.params.id);
    const before = ledger.employee(Number(req.params.employeeId));
    if (!before) throw new Problem(404, 'Not Found', 'There is no such employee.');
    const { SalaryAccount, ...rest } = req.body as Record<string, unknown>;
    const employee = changeEmployee(ledger, before, rest);
    if (typeof SalaryAccount === 'string') {
      const account = newAccount(ledger, employee.Id, SalaryAccount);
      await ledger.putAccount(account);
      employee.SalaryBankAccountId = account.Id;
    }
    await ledger.putEmployee(employee);
    res.type('application/json').send(toJson(employee));
  });

  /** A clerk deletes an employee. */
  router.delete('/clients/:id/employees/:employeeId', async (req, res) => {
    const ledger = ledgerOf(req.params.id);
    await ledger.removeEmployee(Number(req.params.employeeId));
    res.status(204).end();
  });

  /** A clerk adds an account to an employee, also one that is there already; `IsActive` may be false. */
  router.post('/clients/:id/employees/:employeeId/accounts', async (req, res) => {
    const ledger = ledgerOf(req.params.id);
    const { BankAccountNumber, ...rest } = req.body as Partial<BankAccount>;
    const account = { ...newAccount(ledger, Number(req.params.employeeId), String(BankAccountNumber)), ...rest };
    await ledger.putAccount(account);
    res.status(201).json(account);
  });

  /** A clerk edits an account, for instance closes it by `IsActive`. */
  router.patch('/clients/:id/accounts/:accountId', async (req, res) => {
    const ledger = ledgerOf(req.params.id);
    const before = ledger.account(Number(req.params.accountId));
    if (!before) throw new Problem(404, 'Not Found', 'There is no such account.');
    const change = req.body as Partial<BankAccount>;
    const account = { ...before, ...change, LastChangedDateTimeOffset: new Date().toISOString() };
    await ledger.putAccount(account);
    res.json(account);
  });

  router.get('/faults', (_req, res) => void res.json(faults.list()));
  router.post('/faults', (req, res) => void res.status(201).json({ id: faults.add(req.body as FaultRule) }));
  router.delete('/faults', (_req, res) => {
    faults.clear();
    res.status(204).end();
  });
  router.patch('/behaviour', (req, res) => {
    const { readLagMs, latencyMs, down, pagination, offsets } = req.body as Behaviour;
    faults.offsets = offsets ?? faults.offsets;
    faults.pagination = pagination ?? faults.pagination;
    faults.readLagMs = readLagMs ?? faults.readLagMs;
    faults.latencyMs = latencyMs ?? faults.latencyMs;
    faults.down = down ?? faults.down;
    res.status(204).end();
  });

  router.get('/requests', (req, res) => void res.json(log.since(Number(req.query['since'] ?? 0))));
  router.get('/requests/last', (_req, res) => void res.json({ seq: log.lastSeq }));
  return router;
};

const newAccount = (ledger: Ledger, contactId: number, number: string): BankAccount => {
  const now = new Date().toISOString();
  return {
    Id: ledger.nextId(),
    ContactId: contactId,
    BankAccountNumber: number,
    BankCode: null,
    BicSwift: null,
    CountryCode: 'NO',
    IsActive: true,
    CreateDateTimeOffset: now,
    LastChangedDateTimeOffset: now,
  };
};
