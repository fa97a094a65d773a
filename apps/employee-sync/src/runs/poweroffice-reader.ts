import type { ContactBankAccount, Employee, ReadOutcome } from '@huma-poweroffice/poweroffice';
import type { Call, Page, PowerOfficeClient } from '@huma-poweroffice/poweroffice/client';
import type { Connector } from '../connector/connector.js';
import type { PaidCalls } from '../connector/paid-calls.js';
import type { Tokens } from '../connector/tokens.js';
import type { LeasedRun } from './run.js';
import { RunSetback } from './setback.js';

/** A page of a list takes its time. */
const LIST_TIMEOUT_MS = 60_000;
const PERMIT_WAIT_MS = 30_000;

/** All that is read of an employee; the API knows more. */
const employeeFields = [
  'number',
  'firstName',
  'lastName',
  'emailAddress',
  'phoneNumber',
  'dateOfBirth',
  'gender',
  'nationalIdNumber',
  'jobTitle',
  'startDate',
  'endDate',
  'mailAddress',
  'salaryBankAccountId',
  'externalImportReference',
  'isArchived',
  'lastChangedDateTimeOffset',
] as const satisfies (keyof Employee)[];

const identityFields = ['emailAddress', 'externalImportReference', 'isArchived'] as const;

/** What tells who an employee is. */
export type Identity = Pick<Employee, 'id' | (typeof identityFields)[number]>;

const since = (changedAfter: string | null): { readonly changedAfter?: string } =>
  changedAfter === null ? {} : { changedAfter };

/** Reads whole lists of a run's PowerOffice client, page by page, each page paid with a permit: a person is waiting. */
export class PowerOfficeReader {
  constructor(
    private readonly client: PowerOfficeClient,
    private readonly connector: Connector,
    private readonly tokens: Tokens,
    private readonly calls: PaidCalls,
    /** Where it is not given, the client chooses pages that fit in memory. */
    private readonly pageSize?: number,
  ) {}

  /**
   * @param changedAfter only accounts that changed since, in PowerOffice's own text; null: all
   * @returns null when the connection may not see bank accounts
   */
  async accounts(
    run: LeasedRun,
    page: number,
    changedAfter: string | null,
    signal: AbortSignal,
  ): Promise<Page<ContactBankAccount> | null> {
    const query = { ...this.pageOf(page), ...since(changedAfter) };
    const outcome = await this.request(run, signal, false, (call) => this.client.listBankAccounts(query, call));
    if (outcome.outcome !== 'found' && outcome.failure.kind === 'forbidden') return null;
    return this.valueOf(outcome);
  }

  /** @param changedAfter only employees that changed since, in PowerOffice's own text; null: all */
  async employees(
    run: LeasedRun,
    page: number,
    changedAfter: string | null,
    signal: AbortSignal,
  ): Promise<Page<Employee>> {
    const query = { ...this.pageOf(page), ...since(changedAfter), fields: employeeFields };
    const outcome = await this.request(run, signal, true, (call) => this.client.listEmployees(query, call));
    return this.valueOf(outcome);
  }

  /** All employees with what tells who somebody is, and nothing else. */
  async identities(run: LeasedRun, page: number, signal: AbortSignal): Promise<Page<Identity>> {
    const query = { ...this.pageOf(page), fields: identityFields };
    const outcome = await this.request(run, signal, true, (call) => this.client.listEmployees(query, call));
    return this.valueOf(outcome);
  }

  private pageOf(page: number): { readonly page: number; readonly pageSize?: number } {
    return { page, ...(this.pageSize !== undefined && { pageSize: this.pageSize }) };
  }

  /** @param needed whether a missing privilege is a refusal that connector-config has to know of */
  private async request<T>(
    run: LeasedRun,
    signal: AbortSignal,
    needed: boolean,
    send: (call: Call) => Promise<ReadOutcome<T>>,
  ): Promise<ReadOutcome<T>> {
    const token = await this.tokens.get(run.connectionId);
    if (!token) throw new RunSetback('unavailable', 'no-access-token');
    if (token.clientId !== run.clientId) {
      this.tokens.postpone(run.connectionId);
      throw new RunSetback('unavailable', 'token-of-another-client');
    }
    const permit = await this.connector
      .acquirePermit('person', PERMIT_WAIT_MS, signal, run.connectionId)
      .catch((error: unknown) => {
        throw new RunSetback('unavailable', 'connector-unavailable', 0, error);
      });
    if (!permit) throw new RunSetback('unavailable', 'request-budget');
    const { connectionId } = run;
    const order = { connectionId, token, permit, timeoutMs: LIST_TIMEOUT_MS, signal, mayBeForbidden: !needed };
    return this.calls.make(order, send);
  }

  /** A refusal of the key is no end: connector-config looks, and pauses the connection where it is so. */
  private valueOf<T>(outcome: ReadOutcome<T>): T {
    if (outcome.outcome === 'found') return outcome.value;
    const { kind, code, retryAfterMs } = outcome.failure;
    const passes = kind === 'unavailable' || kind === 'unauthorized';
    throw new RunSetback(passes ? 'unavailable' : 'rejected', `poweroffice-${code}`, retryAfterMs);
  }
}
