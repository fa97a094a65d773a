import type { Database, Tx } from '@huma-poweroffice/platform';
import type { Int64 } from '@huma-poweroffice/poweroffice';
import { PageWalk } from '@huma-poweroffice/poweroffice/client';
import { dayBefore } from '../client-knowledge/changed-since.js';
import { emailOf, identityOf, valuesOf } from './collected-employee.js';
import type { CollectionRepository } from './collection-repository.js';
import type { EmployeeNow } from './judge-link.js';
import { LongPageWalk } from './long-page-walk.js';
import type { PowerOfficeReader } from './poweroffice-reader.js';
import type { LeasedRun } from './run.js';
import type { RunRepository } from './run-repository.js';
import { RunSetback } from './setback.js';

/** What PowerOffice shows right before the execution, of the employees of the plan. */
export interface FreshLook {
  /** When it began: by this process's monotonic clock, and by the database's clock; milliseconds. */
  readonly began: number;
  readonly beganAt: number;
  /** Whoever is missing here is not there, or cannot be read. */
  readonly employees: ReadonlyMap<Int64, EmployeeNow>;
  /** Emails that more than one employee has who is not archived, in the form of `normalizeEmail`. */
  readonly sharedEmails: ReadonlyMap<string, readonly Int64[]>;
}

/** A look is not relied on for longer: what an administrator reviewed may change at any time. */
const GOOD_FOR_MS = 45_000;
const ROWS_AT_ONCE = 1000;

export const isFresh = (look: FreshLook): boolean => performance.now() - look.began < GOOD_FOR_MS;

/**
 * Reads PowerOffice again right before a plan is executed (lane protocol, 19). Who is still there, and with which email and
 * reference, is read of everybody in a few large pages, because neither a deletion nor a change of some members moves a
 * stamp. Values are read of whoever changed since the collect, by the newest stamp of the collected list less a day.
 */
export class FreshLooks {
  constructor(
    private readonly database: Database,
    private readonly runs: RunRepository,
    private readonly collection: CollectionRepository,
    private readonly powerOffice: PowerOfficeReader,
  ) {}

  /** @param planned the employees of what is left of the plan */
  async look(run: LeasedRun, planned: ReadonlySet<Int64>, signal: AbortSignal): Promise<FreshLook> {
    const began = performance.now();
    const beganAt = await this.runs.now();
    const identities = await this.readIdentities(run, planned, signal);
    const { employeesNewest, accountsNewest, accountsKnown } = await this.runs.collectedAsOf(run);
    await this.readChanged(run, planned, dayBefore(employeesNewest), signal);
    if (accountsKnown) await this.readAccounts(run, planned, dayBefore(accountsNewest), signal);
    return { began, beganAt, ...identities };
  }

  private async readIdentities(
    run: LeasedRun,
    planned: ReadonlySet<Int64>,
    signal: AbortSignal,
  ): Promise<Pick<FreshLook, 'employees' | 'sharedEmails'>> {
    const employees = new Map<Int64, EmployeeNow>();
    const byEmail = new Map<string, Int64[]>();
    const walk = new PageWalk();
    for (let page = 1, more = true; more; page += 1) {
      const read = await this.powerOffice.identities(run, page, signal);
      for (const row of read.items) {
        const identity = identityOf(row);
        if (planned.has(row.id)) employees.set(row.id, identity);
        const email = emailOf(identity);
        if (email !== null && !identity.archived) byEmail.set(email, [...(byEmail.get(email) ?? []), row.id]);
      }
      more = this.goesOn(walk.after(read));
    }
    return { employees, sharedEmails: new Map([...byEmail].filter(([, ids]) => ids.length > 1)) };
  }

  private async readChanged(
    run: LeasedRun,
    planned: ReadonlySet<Int64>,
    changedAfter: string | null,
    signal: AbortSignal,
  ): Promise<void> {
    const walk = new PageWalk();
    for (let page = 1, more = true; more; page += 1) {
      const read = await this.powerOffice.employees(run, page, changedAfter, signal);
      const changed = read.items.filter(({ id }) => planned.has(id));
      await this.save(run, changed, (tx, employees) =>
        this.collection.saveSeenAgain(
          tx,
          run,
          employees.map((employee) => ({ employeeId: employee.id, values: valuesOf(employee) })),
        ),
      );
      more = this.goesOn(walk.after(read));
    }
  }

  private async readAccounts(
    run: LeasedRun,
    planned: ReadonlySet<Int64>,
    changedAfter: string | null,
    signal: AbortSignal,
  ): Promise<void> {
    const walk = new LongPageWalk();
    for (let page = 1, more = true; more; page += 1) {
      const read = await this.powerOffice.accounts(run, page, changedAfter, signal);
      if (!read) return;
      const changed = read.items.filter(({ contactId }) => planned.has(contactId));
      await this.save(run, changed, (tx, accounts) => this.collection.saveAccounts(tx, run, accounts));
      more = this.goesOn(walk.after(read));
    }
  }

  private async save<T>(
    run: LeasedRun,
    rows: readonly T[],
    write: (tx: Tx, some: readonly T[]) => Promise<void>,
  ): Promise<void> {
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE)
      await this.database.transaction(async (tx) => {
        await this.runs.hold(tx, run, 'executing');
        await write(tx, rows.slice(from, from + ROWS_AT_ONCE));
      });
  }

  private goesOn(next: 'next' | 'end' | 'endless'): boolean {
    if (next === 'endless') throw new RunSetback('rejected', 'poweroffice-list-without-end');
    return next === 'next';
  }
}
