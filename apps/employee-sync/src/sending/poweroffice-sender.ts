import {
  cutValues,
  normalizeAccountNumber,
  type ContactBankAccount,
  type EmployeePost,
  type Failure,
  type Int64,
  type ReadOutcome,
  type WriteOutcome,
} from '@huma-poweroffice/poweroffice';
import type { Call, PowerOfficeClient } from '@huma-poweroffice/poweroffice/client';
import {
  accountNumber,
  shownValues,
  type Answer,
  type FoundAccount,
  type Json,
  type NextRequest,
  type Reading,
} from '@huma-poweroffice/sync-rules';
import type { Connector, Permit, PowerOfficeToken } from '../connector/connector.js';
import type { PaidCalls } from '../connector/paid-calls.js';
import { readAnswer, readingOf, writeAnswer, type Cut } from './answers.js';
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

/** Bank accounts of one contact that are read; nobody has more. */
const MOST_ACCOUNTS = 500;
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
    const { task, attempt } = errand;
    const cut: Cut = (text) => cutValues(text, errand.personalValues);
    switch (task.kind) {
      case 'patch': {
        const outcome = await request((call) => this.client.patchEmployee(task.employeeId, task.operations, call));
        return { answer: writeAnswer(outcome, (employee) => shownBy(employee, null), cut) };
      }
      case 'create': {
        const body = task.body as unknown as EmployeePost;
        const outcome = await request((call) => this.client.createEmployee(body, call));
        return { answer: writeAnswer(outcome, (employee) => shownBy(employee, null), cut) };
      }
      case 'account-look': {
        const outcome = await request((call) => this.accountsOf(task.employeeId, call));
        return { answer: readAnswer(outcome, ({ items }) => lookedFor(accountOf(items, attempt)), cut) };
      }
      case 'account-create': {
        const body = accountBody(task.account);
        const outcome = await request((call) => this.client.createBankAccount(task.employeeId, body, call));
        return { answer: writeAnswer(outcome, ({ id }) => lookedFor({ id, closed: false }), cut) };
      }
      case 'salary-set': {
        const operations = [{ op: 'replace' as const, path: '/SalaryBankAccountId', value: task.accountId }];
        const outcome = await request((call) =>
          this.client.patchEmployeeBankAccounts(task.employeeId, operations, call),
        );
        return { answer: writeAnswer(outcome, (employee) => shownBy(employee, null), cut) };
      }
      case 'read':
        return { answer: await this.read(errand, task, request, cut) };
      case 'look-up':
        return { reading: await this.lookUp(errand.connectionId, task.reference, request) };
      case 'read-back':
        return { reading: await this.readBack(errand, task.what, task.employeeId, request) };
    }
  }

  private async read(
    { connectionId }: Errand,
    { employeeId, accounts }: Extract<NextRequest, { kind: 'read' }>,
    request: Request,
    cut: Cut,
  ): Promise<Answer> {
    const read = await request((call) => this.client.getEmployee(employeeId, call));
    if (!accounts || read.outcome !== 'found' || read.value.salaryBankAccountId === null)
      return readAnswer(read, (employee) => shownBy(employee, null), cut);
    const employee = read.value;
    const permit = await this.secondPermit(connectionId);
    if (!permit) return { outcome: 'not-done', reason: 'poweroffice-unavailable', retryAfterMs: null };
    const list = await request((call) => this.accountsOf(employeeId, call), permit);
    return readAnswer(list, ({ items }) => shownBy(employee, items), cut);
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
        ...accountOf(items, errand.attempt),
      }));
    const read = await request((call) => this.client.getEmployee(employeeId, call));
    if (what === 'employee' || read.outcome !== 'found') return readingOf(read, (employee) => found(employee, null));
    return this.withAccounts(errand.connectionId, read.value, request);
  }

  private async lookUp(connectionId: string, reference: string, request: Request): Promise<Reading> {
    const query = { externalImportReference: reference, pageSize: 2 };
    const read = await request((call) => this.client.listEmployees(query, call));
    if (read.outcome !== 'found') return readingOf(read, () => ({ outcome: 'absent' }));
    const { items, unreadable, incomplete } = read.value;
    const [employee] = items;
    // An employee whose entry cannot be read is there all the same.
    if (!employee && (unreadable.length > 0 || incomplete))
      return { outcome: 'failed', reason: 'answer-not-usable', retryAfterMs: null };
    if (!employee) return { outcome: 'absent' };
    return employee.salaryBankAccountId === null
      ? found(employee, null)
      : this.withAccounts(connectionId, employee, request);
  }

  /** The second request of a look that needs to know the number behind the salary account. */
  private async withAccounts(connectionId: string, employee: ReadEmployee, request: Request): Promise<Reading> {
    const permit = await this.secondPermit(connectionId);
    if (!permit) return { outcome: 'failed', reason: 'poweroffice-unavailable', retryAfterMs: null };
    const accounts = await request((call) => this.accountsOf(employee.id, call), permit);
    return readingOf(accounts, ({ items }) => found(employee, items));
  }

  private secondPermit(connectionId: string): Promise<Permit | null> {
    return this.connector.acquirePermit('live', SECOND_PERMIT_MS, undefined, connectionId);
  }

  /** All accounts of a contact. An entry that cannot be read may be the account in question, so the list is then no answer. */
  private async accountsOf(
    employeeId: Int64,
    call: Call,
  ): Promise<ReadOutcome<{ readonly items: readonly ContactBankAccount[] }>> {
    const read = await this.client.listBankAccounts({ contactIds: [employeeId], pageSize: MOST_ACCOUNTS }, call);
    if (read.outcome !== 'found') return read;
    const { unreadable, incomplete, more } = read.value;
    const isComplete = unreadable.length === 0 && !incomplete && !more;
    return isComplete ? read : { outcome: 'failed', failure: { kind: 'unavailable', code: 'unreadable-answer' } };
  }
}

type ReadEmployee = Parameters<typeof shownValues>[0];
type Applied = Omit<Extract<Answer, { outcome: 'applied' }>, 'outcome'>;

/** What an employee shows; the number of the salary account is known only with the contact's accounts. */
const shownOf = (
  employee: ReadEmployee,
  accounts: readonly ContactBankAccount[] | null,
): ReturnType<typeof shownValues> => {
  if (accounts) return shownValues(employee, accounts);
  const { bankAccount, ...shown } = shownValues(employee, null);
  return employee.salaryBankAccountId === null ? { ...shown, bankAccount: bankAccount ?? null } : shown;
};

const shownBy = (employee: ReadEmployee, accounts: readonly ContactBankAccount[] | null): Applied => ({
  employeeId: employee.id,
  shown: shownOf(employee, accounts),
  accountId: employee.salaryBankAccountId,
  archived: employee.isArchived,
});

const lookedFor = ({ id, closed }: FoundAccount): Applied => ({ employeeId: null, shown: null, accountId: id, closed });

const found = (employee: ReadEmployee, accounts: readonly ContactBankAccount[] | null): Reading => ({
  outcome: 'found',
  employeeId: employee.id,
  archived: employee.isArchived,
  shown: shownOf(employee, accounts),
  accountId: employee.salaryBankAccountId,
});

/** Rule 17. The contact's account with the number that the attempt is about; one that is closed is never paid to. */
const accountOf = (accounts: readonly ContactBankAccount[], attempt: Errand['attempt']): FoundAccount => {
  const wanted = attempt.values.bankAccount;
  if (!wanted) return { id: null, closed: false };
  const number = accountNumber(wanted.sent);
  const same = accounts.filter((a) => normalizeAccountNumber(a.bankAccountNumber, a.countryCode) === number);
  const active = same.find((a) => a.isActive);
  return { id: active?.id ?? null, closed: !active && same.length > 0 };
};

const accountBody = (account: Json): { BankAccountNumber: string; CountryCode: string; BicSwift: string | null } => {
  const { number, country, bic } = account as { number: string; country: string; bic: string | null };
  return { BankAccountNumber: number, CountryCode: country, BicSwift: bic };
};
