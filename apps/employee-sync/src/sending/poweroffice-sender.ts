import {
  normalizeAccountNumber,
  type ContactBankAccount,
  type EmployeePost,
  type Failure,
  type Int64,
  type ReadOutcome,
  type WriteOutcome,
} from '@huma-poweroffice/poweroffice';
import type { Call, PowerOfficeClient } from '@huma-poweroffice/poweroffice/client';
import { accountNumber, shownValues, type Answer, type Json, type Reading } from '@huma-poweroffice/sync-rules';
import type { Connector, Permit, PowerOfficeToken } from '../connector/connector.js';
import type { PaidCalls } from '../connector/paid-calls.js';
import { readAnswer, readingOf, writeAnswer } from './answers.js';
import type { Errand } from './errand.js';

/** What came of an errand; exactly one of the two. */
export type Result = { readonly answer: Answer } | { readonly reading: Reading };

type Outcome = ReadOutcome<unknown> | WriteOutcome<unknown>;

/** A result, and the failure behind it where there was one: for those who look why. */
export interface Done {
  readonly result: Result;
  readonly failure: Failure | null;
}

/** Makes the errand's request, or a second one with a permit of its own. */
type Request = <T extends Outcome>(send: (call: Call) => Promise<T>, second?: Permit) => Promise<T>;

/** How long a read-back waits for the permit of its second request. */
const SECOND_PERMIT_MS = 5000;

/** Does errands at PowerOffice: one request each (two where a salary account is read back), each paid with a permit. */
export class PowerOfficeSender {
  constructor(
    private readonly client: PowerOfficeClient,
    private readonly connector: Connector,
    private readonly calls: PaidCalls,
    private readonly clientTimeoutMs: number,
  ) {}

  async perform(errand: Errand, token: PowerOfficeToken, permit: Permit, traceparent?: string): Promise<Done> {
    const { connectionId } = errand;
    let failure: Failure | null = null;
    const request: Request = async (send, second) => {
      // A second request only reads: it may go out as long as somebody would record what it says.
      const paidWith = second ?? permit;
      const sendBefore = second ? errand.recordBefore : errand.sendBefore;
      const order = { connectionId, token, permit: paidWith, sendBefore, traceparent, timeoutMs: this.clientTimeoutMs };
      const outcome = await this.calls.make(order, send);
      if ('failure' in outcome) failure = outcome.failure;
      return outcome;
    };
    const result = await this.ask(errand, request);
    return { result, failure };
  }

  private async ask(errand: Errand, request: Request): Promise<Result> {
    const { task } = errand;
    switch (task.kind) {
      case 'patch':
        return {
          answer: writeAnswer(
            await request((call) => this.client.patchEmployee(task.employeeId, task.operations, call)),
            (body) => ({
              employeeId: task.employeeId,
              shown: body && withoutAccount(body),
              accountId: null,
              archived: body?.isArchived ?? false,
            }),
          ),
        };
      case 'create':
        return {
          answer: writeAnswer(
            await request((call) => this.client.createEmployee(task.body as unknown as EmployeePost, call)),
            (body) => ({ employeeId: body?.id ?? null, shown: body && withoutAccount(body), accountId: null }),
          ),
        };
      case 'account-look':
        return {
          answer: readAnswer(await request((call) => this.accountsOf(task.employeeId, call)), (page) => ({
            employeeId: null,
            shown: null,
            accountId: accountOf(page.items, errand.attempt),
          })),
        };
      case 'account-create':
        return {
          answer: writeAnswer(
            await request((call) => this.client.createBankAccount(task.employeeId, accountBody(task.account), call)),
            (body) => ({ employeeId: null, shown: null, accountId: body?.id ?? null }),
          ),
        };
      case 'salary-set':
        return {
          answer: writeAnswer(
            await request((call) =>
              this.client.patchEmployeeBankAccounts(
                task.employeeId,
                [{ op: 'replace', path: '/SalaryBankAccountId', value: task.accountId }],
                call,
              ),
            ),
            () => ({ employeeId: null, shown: null, accountId: task.accountId }),
          ),
        };
      case 'read':
        return {
          answer: readAnswer(await request((call) => this.client.getEmployee(task.employeeId, call)), (employee) => ({
            employeeId: employee.id,
            shown: withoutAccount(employee),
            accountId: employee.salaryBankAccountId,
            archived: employee.isArchived,
          })),
        };
      case 'look-up':
        return { reading: await this.lookUp(task.reference, request) };
      case 'read-back':
        return { reading: await this.readBack(errand, task.what, task.employeeId, request) };
    }
  }

  private async readBack(
    errand: Errand,
    what: 'employee' | 'accounts' | 'salary',
    employeeId: Int64,
    request: Request,
  ): Promise<Reading> {
    if (what === 'accounts')
      return readingOf(await request((call) => this.accountsOf(employeeId, call)), ({ items }) => ({
        outcome: 'accounts',
        accountId: accountOf(items, errand.attempt),
      }));
    const read = await request((call) => this.client.getEmployee(employeeId, call));
    if (what === 'employee' || read.outcome !== 'found') return readingOf(read, (employee) => found(employee, null));
    return this.withAccounts(read.value, request);
  }

  private async lookUp(reference: string, request: Request): Promise<Reading> {
    const query = { externalImportReference: reference, pageSize: 2 };
    const read = await request((call) => this.client.listEmployees(query, call));
    if (read.outcome !== 'found') return readingOf(read, () => ({ outcome: 'absent' }));
    const [employee] = read.value.items;
    // An employee whose entry cannot be read is there all the same.
    if (!employee)
      return read.value.unreadable.length > 0 || read.value.incomplete
        ? { outcome: 'failed', retryAfterMs: null }
        : { outcome: 'absent' };
    return employee.salaryBankAccountId === null ? found(employee, null) : this.withAccounts(employee, request);
  }

  /** The second request of a look that needs to know the number behind the salary account. */
  private async withAccounts(employee: ReadEmployee, request: Request): Promise<Reading> {
    const permit = await this.connector.acquirePermit('live', SECOND_PERMIT_MS);
    if (!permit) return { outcome: 'failed', retryAfterMs: null };
    const accounts = await request((call) => this.accountsOf(employee.id, call), permit);
    return readingOf(accounts, ({ items }) => found(employee, items));
  }

  private accountsOf(
    employeeId: Int64,
    call: Call,
  ): Promise<ReadOutcome<{ readonly items: readonly ContactBankAccount[] }>> {
    return this.client.listBankAccounts({ contactIds: [employeeId], pageSize: 500 }, call);
  }
}

type ReadEmployee = Parameters<typeof shownValues>[0];

const withoutAccount = (employee: ReadEmployee): ReturnType<typeof shownValues> => {
  const { bankAccount, ...shown } = shownValues(employee, null);
  return employee.salaryBankAccountId === null ? { ...shown, bankAccount: bankAccount ?? null } : shown;
};

const found = (employee: ReadEmployee, accounts: readonly ContactBankAccount[] | null): Reading => ({
  outcome: 'found',
  employeeId: employee.id,
  archived: employee.isArchived,
  shown: accounts ? shownValues(employee, accounts) : withoutAccount(employee),
  accountId: employee.salaryBankAccountId,
});

/** 17. The contact's account with the number that the attempt is about. */
const accountOf = (accounts: readonly ContactBankAccount[], attempt: Errand['attempt']): Int64 | null => {
  const wanted = attempt.values.bankAccount;
  if (!wanted) return null;
  const number = accountNumber(wanted.sent);
  const same = accounts.filter((a) => normalizeAccountNumber(a.bankAccountNumber, a.countryCode) === number);
  return (same.find((a) => a.isActive) ?? same[0])?.id ?? null;
};

const accountBody = (account: Json): { BankAccountNumber: string; CountryCode: string; BicSwift: string | null } => {
  const { number, country, bic } = account as { number: string; country: string; bic: string | null };
  return { BankAccountNumber: number, CountryCode: country, BicSwift: bic };
};
