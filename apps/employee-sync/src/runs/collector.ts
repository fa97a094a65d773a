import type { Database, Logger, Tx } from '@huma-poweroffice/platform';
import type { Employee, Int64 } from '@huma-poweroffice/poweroffice';
import { PageWalk, type NextPage, type Page } from '@huma-poweroffice/poweroffice/client';
import { match, type HumaSide, type Match, type PowerOfficeSide } from '@huma-poweroffice/sync-rules';
import { newestStamp } from '../client-knowledge/changed-since.js';
import type { EmployeeIndex } from '../client-knowledge/employee-index.js';
import type { Refresh } from '../client-knowledge/refresh.js';
import { waitUntilCaughtUp } from './caught-up.js';
import { collectedEmployee, emailOf } from './collected-employee.js';
import type { ShownHashes } from '../lanes/shown-hashes.js';
import type { CollectionRepository, DeletedUser } from './collection-repository.js';
import { countsOf, itemsOf } from './items.js';
import { LongPageWalk } from './long-page-walk.js';
import type { PowerOfficeReader } from './poweroffice-reader.js';
import type { CollectedPair } from './proof.js';
import type { CollectedEmployee, LeasedRun, RunProblem, Stage } from './run.js';
import type { ConnectionNow, RunRepository } from './run-repository.js';
import { holdUp } from './run-states.js';
import { RunSetback } from './setback.js';
import { strikinglyShort } from './striking.js';
import type { WakingRepository } from './waking-repository.js';

const MOST_PROBLEMS = 100;
const ROWS_AT_ONCE = 1000;
/** More employees than this do not fit in memory beside what else this process does. */
const MOST_EMPLOYEES = 50_000;

export interface CollectorOptions {
  readonly waking: WakingRepository;
  /** Asks for what somebody waits for, as nobody but a person is let do at once. */
  readonly ask: {
    readonly privileges: (connectionId: string) => void;
    readonly employees: (connectionId: string) => void;
  };
  /** Resolves once everything that Kafka held at the moment of the call was taken in; rejects when the signal ends it. */
  readonly caughtUp: (signal: AbortSignal) => Promise<void>;
  /** The index of a client's employees by email: whoever has read them all brings it up to date. */
  readonly index: EmployeeIndex;
  readonly logger: Logger;
}

/** What is kept in memory of PowerOffice's side; the values go to the database page by page. */
interface EmployeesRead {
  readonly sides: Map<Int64, PowerOfficeSide>;
  readonly names: Map<Int64, string>;
  readonly unreadable: Set<Int64>;
  readonly problems: RunProblem[];
  /** In PowerOffice's own text. */
  newest: string | null;
  /** Whether the index of employees was brought up to date by what was read. */
  isIndexed: boolean;
}

/** What was read of bank accounts. */
interface AccountsRead {
  readonly known: boolean;
  readonly newest: string | null;
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
    await waitUntilCaughtUp(this.options.caughtUp, signal);
    await this.step(run, 'employees');
    const read = await this.readEmployees(run, signal);
    await this.step(run, 'accounts');
    const accounts = await this.readAccounts(run, read.sides, signal);
    if (!accounts.known) read.problems.push({ code: 'bank-accounts-not-permitted' });
    await this.step(run, 'matching');
    await this.match(run, read, accounts, signal);
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

  /** Accounts of all contacts are listed, customers' and suppliers' too: only those of employees are kept. */
  private async readAccounts(
    run: LeasedRun,
    employees: ReadonlyMap<Int64, unknown>,
    signal: AbortSignal,
  ): Promise<AccountsRead> {
    const walk = new LongPageWalk();
    let newest: string | null = null;
    for (let page = 1; ; page += 1) {
      const read = await this.powerOffice.accounts(run, page, null, signal);
      if (!read) return { known: false, newest: null };
      newest = newestStamp([newest, ...read.items.map((account) => account.lastChangedDateTimeOffset)]);
      const ofEmployees = read.items.filter(({ contactId }) => employees.has(contactId));
      for (const accounts of slices(ofEmployees))
        await this.database.transaction(async (tx) => {
          await this.hold(tx, run);
          await this.collection.saveAccounts(tx, run, accounts);
        });
      if (!goesOn(walk, read)) return { known: true, newest };
    }
  }

  private async readEmployees(run: LeasedRun, signal: AbortSignal): Promise<EmployeesRead> {
    const { index } = this.options;
    const refresh = await index.begin(run.connectionId, run.clientId, 'asked');
    const indexing = refresh && { ...refresh, changedAfter: null };
    const read: EmployeesRead = {
      sides: new Map(),
      names: new Map(),
      unreadable: new Set(),
      problems: [],
      newest: null,
      isIndexed: indexing !== null,
    };
    try {
      const walk = new PageWalk();
      for (let page = 1, more = true; more; page += 1) {
        const answered = await this.powerOffice.employees(run, page, null, signal);
        more = goesOn(walk, answered);
        if (indexing && read.isIndexed) read.isIndexed = await index.savePage(indexing, answered);
        await this.keep(run, answered, read);
        if (read.sides.size > MOST_EMPLOYEES) throw new RunSetback('rejected', 'too-many-employees');
      }
    } catch (error) {
      if (indexing) await index.release(indexing);
      throw error;
    }
    if (indexing && read.isIndexed) await this.endIndexing(indexing, read);
    return read;
  }

  /** A row without an id may be the employee with an email that somebody looks for. */
  private async endIndexing(refresh: Refresh, read: EmployeesRead): Promise<void> {
    const { index } = this.options;
    await (isIncomplete(read) ? index.fail(refresh, 'employees-unreadable') : index.end(refresh));
  }

  /** Employees are turned into what is kept a few at a time: a page holds twenty thousand. */
  private async keep(run: LeasedRun, page: Page<Employee>, read: EmployeesRead): Promise<void> {
    for (const employees of slices(page.items)) {
      await this.save(
        run,
        employees.map((employee) => remember(employee, read)),
      );
    }
    read.newest = newestStamp([read.newest, ...page.items.map((employee) => employee.lastChangedDateTimeOffset)]);
    const unreadable: CollectedEmployee[] = [];
    for (const { id, field } of page.unreadable) {
      if (read.unreadable.has(id)) continue;
      read.problems.push({ code: 'employee-unreadable', employeeId: id, field });
      read.unreadable.add(id);
      read.sides.set(id, { employeeId: id, email: null, reference: null, archived: false });
      unreadable.push({ employeeId: id, name: '', email: null, reference: null, archived: false, values: null });
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

  private async match(run: LeasedRun, read: EmployeesRead, accounts: AccountsRead, signal: AbortSignal): Promise<void> {
    const people = new Map<string, HumaSide>();
    const names = new Map<string, string>();
    const hashes = new Map<string, ShownHashes>();
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
      for (const { side, collected, hashes: atDeletion } of found) {
        if (atDeletion) hashes.set(side.userId, atDeletion);
        people.set(side.userId, side);
        names.set(side.userId, collected.name);
      }
      after = found.at(-1)?.side.userId ?? null;
      more = after !== null;
    }
    const matches = match([...people.values()], [...read.sides.values()]);
    const sizes = {
      people: [...people.values()].filter((p) => p.inScope && p.state !== 'deleted').length,
      employees: read.sides.size,
    };
    const collected = (userId: string, employeeId: Int64): CollectedPair => {
      const employee = read.sides.get(employeeId);
      return {
        personEmail: people.get(userId)?.email ?? null,
        employeeEmail: employee ? emailOf(employee) : null,
        reference: employee?.reference ?? null,
      };
    };
    await this.database.transaction(async (tx) => {
      await this.hold(tx, run);
      const short = strikinglyShort(await this.runs.sizesBefore(tx, run), sizes);
      const items = itemsOf(matches, {
        sinceDeletion: await this.collection.sinceDeletion(tx, run, deletedUsers(matches, hashes)),
        names: { ofPerson: names, ofEmployee: read.names, unreadable: read.unreadable },
        collected,
        isShort: short.length > 0,
      });
      await this.collection.saveItems(tx, run, items);
      await this.runs.collected(tx, run, {
        counts: countsOf(items),
        problems: shortened([...short, ...read.problems]),
        employeesNewest: read.newest,
        accountsNewest: accounts.newest,
        accountsKnown: accounts.known,
        sizes,
      });
    });
    this.options.logger.info({ runId: run.id, matches: matches.length }, 'a run has collected both sides');
    await this.wake(run, read);
  }

  /** A person looks: what waits is tried again, and asked for. Lanes are locked in a transaction of their own. */
  private async wake(run: LeasedRun, read: EmployeesRead): Promise<void> {
    const { waking, ask } = this.options;
    const waitsForPrivilege = await this.database.transaction(async (tx) => {
      await waking.employeesAreBack(tx, run);
      return waking.lookAtWhoWaits(tx, run);
    });
    if (waitsForPrivilege) ask.privileges(run.connectionId);
    // Another process brings the index up to date, or took that over from this one, and may have begun before what
    // this run has read.
    if (!read.isIndexed) ask.employees(run.connectionId);
  }
}

/** The users deleted in Huma whom matches are about, and their employees. */
const deletedUsers = (matches: readonly Match[], hashes: ReadonlyMap<string, ShownHashes>): DeletedUser[] =>
  matches.flatMap(({ userId, employeeId, situation, evidence }) => {
    const deleted =
      evidence.by === 'hired-again' ? evidence.deletedUserId : situation === 'deleted-in-huma' ? userId : null;
    if (deleted === null || employeeId === null) return [];
    return [{ userId: deleted, employeeId, hashes: hashes.get(deleted) ?? null }];
  });

function* slices<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += ROWS_AT_ONCE) yield items.slice(from, from + ROWS_AT_ONCE);
}

/** Whether there was a row of which not even the id could be read. */
const isIncomplete = ({ problems }: EmployeesRead): boolean =>
  problems.some(({ code, employeeId }) => code === 'employee-unreadable' && employeeId === null);

interface Walk {
  after(page: Page<{ readonly id: Int64 }>): NextPage;
}

/** A list that does not end says nothing that could be relied on. */
const goesOn = (walk: Walk, page: Page<{ readonly id: Int64 }>): boolean => {
  const next = walk.after(page);
  if (next === 'endless') throw new RunSetback('rejected', 'poweroffice-list-without-end');
  return next === 'next';
};

/** What is kept of an employee: little in memory, the rest is to be saved. */
const remember = (employee: Employee, read: EmployeesRead): CollectedEmployee => {
  const collected = collectedEmployee(employee);
  const { employeeId, email, reference, archived, name } = collected;
  read.sides.set(employeeId, { employeeId, email, reference, archived });
  read.names.set(employeeId, name);
  return collected;
};

const shortened = (problems: readonly RunProblem[]): RunProblem[] =>
  problems.length <= MOST_PROBLEMS
    ? [...problems]
    : [...problems.slice(0, MOST_PROBLEMS - 1), { code: 'too-many-problems' }];
