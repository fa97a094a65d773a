import type { Database, Logger, Tx } from '@huma-poweroffice/platform';
import type { ContactBankAccount, Employee, Int64 } from '@huma-poweroffice/poweroffice';
import { PageWalk, type Page } from '@huma-poweroffice/poweroffice/client';
import { match, shownValues, type HumaSide, type PowerOfficeSide } from '@huma-poweroffice/sync-rules';
import type { EmployeeIndex } from '../client-knowledge/employee-index.js';
import type { Refresh } from '../client-knowledge/refresh.js';
import type { CollectionRepository } from './collection-repository.js';
import { countsOf, itemsOf } from './items.js';
import type { PowerOfficeReader } from './poweroffice-reader.js';
import type { CollectedEmployee, LeasedRun, RunProblem, Stage } from './run.js';
import type { ConnectionNow, RunRepository } from './run-repository.js';
import { holdUp } from './run-states.js';
import { RunSetback } from './setback.js';

/** A read model that needs longer (ms) is not waited for in place: the run is put off. */
const CAUGHT_UP_WITHIN_MS = 30_000;
const MOST_PROBLEMS = 100;
const EMPLOYEES_AT_ONCE = 1000;

export interface CollectorOptions {
  /** Resolves once everything that Kafka held at the moment of the call was taken in; rejects when the signal ends it. */
  readonly caughtUp: (signal: AbortSignal) => Promise<void>;
  /** The index of a client's employees by email: whoever has read them all brings it up to date. */
  readonly index: EmployeeIndex;
  readonly logger: Logger;
}

type Accounts = ReadonlyMap<Int64, readonly ContactBankAccount[]> | null;

/** What is kept in memory of PowerOffice's side; the values go to the database page by page. */
interface EmployeesRead {
  readonly sides: Map<Int64, PowerOfficeSide>;
  readonly names: Map<Int64, string>;
  readonly unreadable: Set<Int64>;
  readonly problems: RunProblem[];
}

/** The first part of a run: reads both sides, matches them, and lays the result before a person. */
export class Collector {
  constructor(
    private readonly database: Database,
    private readonly runs: RunRepository,
    private readonly collection: CollectionRepository,
    private readonly powerOffice: PowerOfficeReader,
    private readonly options: CollectorOptions,
  ) {}

  /** Begins anew each time: what an earlier try wrote is gone, so a crash leaves nothing half. */
  async collect(run: LeasedRun, signal: AbortSignal): Promise<void> {
    await this.step(run, 'huma', (tx) => this.collection.clear(tx, run));
    await this.caughtUp(signal);
    await this.step(run, 'accounts');
    const accounts = await this.readAccounts(run, signal);
    await this.step(run, 'employees');
    const read = await this.readEmployees(run, accounts, signal);
    if (accounts === null) read.problems.push({ code: 'bank-accounts-not-permitted' });
    await this.step(run, 'matching');
    await this.match(run, read, signal);
  }

  private async step(run: LeasedRun, stage: Stage, work?: (tx: Tx) => Promise<void>): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.hold(tx, run);
      await this.runs.reached(tx, run, stage);
      await work?.(tx);
    });
  }

  private async hold(tx: Tx, run: LeasedRun): Promise<ConnectionNow> {
    const connection = await this.runs.hold(tx, run, 'collecting');
    const held = holdUp(run, connection);
    if (held) throw new RunSetback(held.kind === 'wait' ? 'unavailable' : 'rejected', held.code);
    return connection;
  }

  private async caughtUp(signal: AbortSignal): Promise<void> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(CAUGHT_UP_WITHIN_MS)]);
    await this.options.caughtUp(patience).catch((error: unknown) => {
      throw new RunSetback('unavailable', 'huma-not-caught-up', 0, error);
    });
  }

  private async readAccounts(run: LeasedRun, signal: AbortSignal): Promise<Accounts> {
    const accounts = new Map<Int64, ContactBankAccount[]>();
    const walk = new PageWalk();
    for (let page = 1; ; page += 1) {
      const read = await this.powerOffice.accounts(run, page, signal);
      if (!read) return null;
      for (const account of read.items) {
        const others = accounts.get(account.contactId);
        if (others) others.push(account);
        else accounts.set(account.contactId, [account]);
      }
      if (!goesOn(walk, read)) return accounts;
    }
  }

  private async readEmployees(run: LeasedRun, accounts: Accounts, signal: AbortSignal): Promise<EmployeesRead> {
    const { index } = this.options;
    const refresh = await index.begin(run.connectionId, run.clientId, 'asked');
    const indexing = refresh && { ...refresh, changedAfter: null };
    const read: EmployeesRead = {
      sides: new Map(),
      names: new Map(),
      unreadable: new Set(),
      problems: [],
    };
    try {
      const walk = new PageWalk();
      for (let page = 1, more = true; more; page += 1) {
        const answered = await this.powerOffice.employees(run, page, signal);
        more = goesOn(walk, answered);
        if (indexing) await index.savePage(indexing, answered);
        await this.keep(run, answered, accounts, read);
      }
    } catch (error) {
      if (indexing) await index.release(indexing);
      throw error;
    }
    if (indexing) await this.endIndexing(indexing, read);
    return read;
  }

  /** A row without an id may be the employee with an email that somebody looks for. */
  private async endIndexing(refresh: Refresh, read: EmployeesRead): Promise<void> {
    const { index } = this.options;
    await (isIncomplete(read) ? index.fail(refresh, 'employees-unreadable') : index.end(refresh));
  }

  /** Employees are turned into what is kept a few at a time: a page holds twenty thousand. */
  private async keep(run: LeasedRun, page: Page<Employee>, accounts: Accounts, read: EmployeesRead): Promise<void> {
    for (let from = 0; from < page.items.length; from += EMPLOYEES_AT_ONCE) {
      const collected = page.items.slice(from, from + EMPLOYEES_AT_ONCE).map((e) => remember(e, accounts, read));
      await this.save(run, collected);
    }
    const unreadable: CollectedEmployee[] = [];
    for (const { id, field } of page.unreadable) {
      if (read.unreadable.has(id)) continue;
      read.problems.push({ code: 'employee-unreadable', employeeId: id, field });
      read.unreadable.add(id);
      read.sides.set(id, { employeeId: id, email: null, reference: null, archived: false });
      unreadable.push({ employeeId: id, name: '', email: null, reference: null, shown: null, accountId: null });
    }
    if (page.incomplete && !isIncomplete(read))
      read.problems.push({ code: 'employee-unreadable', employeeId: null, field: 'Id' });
    await this.save(run, unreadable);
  }

  private async save(run: LeasedRun, employees: readonly CollectedEmployee[]): Promise<void> {
    if (employees.length === 0) return;
    await this.database.transaction(async (tx) => {
      await this.hold(tx, run);
      await this.collection.saveEmployees(tx, run, employees);
    });
  }

  private async match(run: LeasedRun, read: EmployeesRead, signal: AbortSignal): Promise<void> {
    const people: HumaSide[] = [];
    const names = new Map<string, string>();
    for (let after: string | null = null, more = true; more;) {
      signal.throwIfAborted();
      const found = await this.database.transaction(async (tx) => {
        const { sendPositions } = await this.hold(tx, run);
        const chunk = await this.collection.people(tx, run, sendPositions, after);
        await this.collection.savePeople(
          tx,
          run,
          chunk.map(({ collected }) => collected),
        );
        return chunk;
      });
      for (const { side, collected } of found) {
        people.push(side);
        names.set(side.userId, collected.name);
      }
      after = found.at(-1)?.side.userId ?? null;
      more = after !== null;
    }
    const matches = match(people, [...read.sides.values()]);
    const items = itemsOf(matches, { ofPerson: names, ofEmployee: read.names, unreadable: read.unreadable });
    await this.database.transaction(async (tx) => {
      await this.hold(tx, run);
      await this.collection.saveItems(tx, run, items);
      await this.runs.collected(tx, run, countsOf(items), shortened(read.problems));
    });
    this.options.logger.info({ runId: run.id, items: items.length }, 'a run has collected both sides');
  }
}

/** Whether there was a row of which not even the id could be read. */
const isIncomplete = ({ problems }: EmployeesRead): boolean =>
  problems.some(({ code, employeeId }) => code === 'employee-unreadable' && employeeId === null);

/** A list that does not end says nothing that could be relied on. */
const goesOn = (walk: PageWalk, page: Page<{ readonly id: Int64 }>): boolean => {
  const next = walk.after(page);
  if (next === 'endless') throw new RunSetback('rejected', 'poweroffice-list-without-end');
  return next === 'next';
};

/** What is kept of an employee: little in memory, the rest is to be saved. */
const remember = (employee: Employee, accounts: Accounts, read: EmployeesRead): CollectedEmployee => {
  const { id, emailAddress: email, externalImportReference: reference, isArchived: archived } = employee;
  const name = [employee.firstName, employee.lastName].filter(Boolean).join(' ');
  read.sides.set(id, { employeeId: id, email, reference, archived });
  read.names.set(id, name);
  const shown = shownValues(employee, accounts && (accounts.get(id) ?? []));
  return { employeeId: id, name, email, reference, shown, accountId: employee.salaryBankAccountId };
};

const shortened = (problems: readonly RunProblem[]): RunProblem[] =>
  problems.length <= MOST_PROBLEMS
    ? [...problems]
    : [...problems.slice(0, MOST_PROBLEMS - 1), { code: 'too-many-problems' }];
