import { accountNumber, type HumaValues } from '../../src/fields.js';
import { claim } from '../../src/lane/claim.js';
import { lockReason, type DecisionContext } from '../../src/lane/context.js';
import { emptyLane, wakeAt, type Lane } from '../../src/lane/lane.js';
import { link } from '../../src/lane/link.js';
import { record } from '../../src/lane/record.js';
import { settle } from '../../src/lane/settle.js';
import type { Answer, NextRequest, Reading, Step } from '../../src/lane/step.js';
import { fieldOf, Ghosts, Violation, watched, type Watched } from './ghosts.js';
import { PauseCheck } from './pause-check.js';
import { PowerOffice, salaryNumber, shownBy, type Account, type Employee } from './poweroffice.js';
import { clerkValueOf, refusedPhone, valueOf } from './values.js';

/** The clock of a history goes by seconds, because pauses between tries do. */
const SECOND = 1000;
export const timing = {
  sendWindowMs: 5 * SECOND,
  clientTimeoutMs: 5 * SECOND,
  processingMs: 4 * SECOND,
  readLagMs: 6 * SECOND,
  leaseMs: 12 * SECOND,
};
const LONGEST_FLIGHT = timing.clientTimeoutMs + timing.processingMs;

/** Safeguards taken out, to show that the histories are hard enough to need them. */
export interface Without {
  /** Parts of the wait that the protocol does not know of. */
  readonly wait?: Partial<typeof timing>;
  /** A worker that lost its lease records all the same. */
  readonly fence?: true;
  /** A lost answer is taken for a request that was never sent. */
  readonly unknown?: true;
  /** A success that cannot be read is taken for applied. */
  readonly unreadable?: true;
  /** What was refused is sent again without a look (rule 6b). */
  readonly look?: true;
  /** A salary account that was not seen at linking is written without a look (rule 6a). */
  readonly unseen?: true;
  /** A single 404 is believed (rule 5a). */
  readonly doubt?: true;
  /** An account that was made may be looked for at once (rule 17a). */
  readonly accountWait?: true;
  /** Nothing is looked at again by itself (rule 21). */
  readonly looks?: true;
  /** A step that learned nothing is followed by no pause (rule 22). */
  readonly pause?: true;
  /** After our database went back, lanes go on as if nothing had happened. */
  readonly judge?: true;
}

interface Version {
  readonly values: Readonly<Record<Watched, string>>;
  readonly locked: boolean;
}
export interface Worker {
  readonly task: NextRequest;
  readonly fence: string;
  readonly version: number;
  readonly sendBefore: number;
  request: Request | null;
}
interface Request {
  readonly task: NextRequest;
  readonly version: number;
  readonly sentAt: number;
  answer: Answer | Reading | null;
}

/** What answers requests at the moment: PowerOffice as it should, or something else. */
export type Weather = 'fine' | 'gateway' | 'not-found' | 'forbidden' | 'page' | 'garbled';

/**
 * A whole world around one lane: Huma, its events, PowerOffice with lagging reads and refusals, what stands in front of
 * it, a clerk, workers that stall and crash, requests that arrive late and answers that are lost, and a database that is
 * restored from a backup. What is right is judged by ghosts that the protocol never sees.
 */
export class Simulation {
  now = 1_000_000;
  lane: Lane = emptyLane('user');
  readonly versions: Version[];
  taken = 0;
  workers: Worker[] = [];
  wire: Request[] = [];
  weather: Weather = 'fine';
  refusing = false;
  permitted = true;
  /** What happened, to be printed when a history fails. */
  readonly log: unknown[][] = [];
  private readonly office = new PowerOffice(timing.readLagMs);
  private readonly ghosts: Ghosts;
  private readonly pauses = new PauseCheck();
  private backup: { readonly lane: Lane; readonly taken: number };
  private isRestored = false;
  private ids = 0;
  private clerkValues = 0;

  constructor(
    start: 'linked' | 'unseen' | 'new',
    private readonly without: Without = {},
  ) {
    const values = {
      givenName: valueOf('givenName', 0),
      phone: valueOf('phone', 0),
      bankAccount: valueOf('bankAccount', 0),
    };
    this.versions = [{ values, locked: false }];
    this.ghosts = new Ghosts(start === 'new' ? null : values);
    if (start === 'new') this.lane = { ...this.lane, isNew: true, due: true };
    else this.startLinked(values, start === 'linked');
    this.backup = { lane: this.lane, taken: 0 };
  }

  private startLinked(values: Version['values'], accountSeen: boolean): void {
    const account: Account = { id: this.office.nextId(), number: values.bankAccount, active: true, by: 'clerk' };
    const employee: Employee = {
      id: this.office.nextId(),
      reference: 'user',
      givenName: values.givenName,
      phone: values.phone,
      salary: account.id,
      accounts: [account],
      archived: false,
    };
    this.office.save(0, employee);
    const shown = shownBy(employee, accountSeen);
    const collected = {
      employeeId: employee.id,
      clientId: 'c',
      reference: 'ours' as const,
      shown,
      accountId: account.id,
    };
    this.lane = link(this.lane, collected, this.huma(0));
    if (!accountSeen && this.without.unseen) this.hideAccount();
  }

  private hideAccount(): void {
    const { bankAccount, ...others } = this.lane.fields;
    this.lane = { ...this.lane, fields: { ...others, bankAccount: { ...bankAccount, hidden: true } } };
  }

  // ------------------------------------------------------------------ what the rules see
  private huma(version: number): HumaValues {
    const { givenName, phone, bankAccount } = (this.versions[version] as Version).values;
    const account = { type: 'national', country: 'NO', number: bankAccount };
    return { givenName, familyName: 'Nordmann', phone, bankAccount: account };
  }

  private context(): DecisionContext {
    const { locked } = this.versions[this.taken] as Version;
    return {
      now: this.now,
      today: '2026-11-26',
      id: `a${String((this.ids += 1))}`,
      jitter: 0,
      timing: { ...timing, ...this.without.wait },
      person: { version: this.taken, values: this.huma(this.taken), state: locked ? 'deactivated' : 'active' },
      inScope: true,
      connection: { active: true, clientId: 'c', createUsers: true },
      tokenClientId: 'c',
      writable: new Set(['givenName', 'familyName', ...(this.permitted ? (['phone', 'bankAccount'] as const) : [])]),
      series: null,
      index: {
        fresh: true,
        sameEmail: this.office.employees.map((e) => ({ employeeId: e.id, reference: e.reference })),
        problem: null,
        inFlight: false,
      },
    };
  }

  // ------------------------------------------------------------------ PowerOffice
  /** The request does at PowerOffice what it does, and is answered there or by what stands in front of it. */
  arrive(request: Request, choice: number): void {
    this.wire = this.wire.filter((other) => other !== request);
    const isRead = ['read', 'read-back', 'look-up', 'account-look'].includes(request.task.kind);
    if (this.weather === 'gateway') {
      request.answer = isReading(request.task) ? failed : notDone;
    } else if (this.weather === 'page') {
      request.answer = this.unread(request.task);
    } else if (!isRead && this.weather === 'not-found') {
      request.answer = { outcome: 'refused', reason: 'not-found', detail: null };
    } else if (!isRead && this.weather === 'forbidden') {
      request.answer = { outcome: 'refused', reason: 'not-permitted', detail: null };
    } else {
      const answer = this.answer(request, choice);
      request.answer = this.weather === 'garbled' && !isRead ? this.unread(request.task) : answer;
    }
  }

  /** An answer that cannot be read is no answer, whatever its status. */
  private unread(task: NextRequest): Answer | Reading {
    if (task.kind === 'look-up' || task.kind === 'read-back') return failed;
    if (task.kind === 'read' || task.kind === 'account-look') return notDone;
    if (!this.without.unreadable) return { outcome: 'unknown' };
    const employeeId = 'employeeId' in task ? task.employeeId : null;
    const accountId = task.kind === 'salary-set' ? task.accountId : null;
    return { outcome: 'applied', employeeId, shown: null, accountId };
  }

  private answer({ task, version }: Request, choice: number): Answer | Reading {
    if (task.kind === 'create') return this.create(task.body as Record<string, string>, version);
    if (task.kind === 'look-up' || task.kind === 'read-back' || task.kind === 'read' || task.kind === 'account-look')
      return this.read(task, choice);
    const employee = this.office.find(task.employeeId);
    if (!employee) return { outcome: 'refused', reason: 'not-found', detail: null };
    switch (task.kind) {
      case 'patch':
        return this.patch(employee, task, version);
      case 'account-create':
        return this.createAccount(employee, accountNumber(task.account));
      case 'salary-set':
        return this.setSalary(employee, task.accountId, version);
    }
  }

  private arrived(field: Watched, was: string | null, value: string, version: number): void {
    const isLatest = this.versions.slice(version).every((v) => v.values[field] === value);
    this.ghosts.arrived(field, was, value, isLatest);
  }

  private create(body: Record<string, string>, version: number): Answer {
    if (this.office.ours().length > 0) return { outcome: 'refused', reason: 'validation', detail: null };
    const phone = body['PhoneNumber'] ?? null;
    if (this.refusing && phone === refusedPhone) return { outcome: 'refused', reason: 'validation', detail: null };
    const givenName = body['FirstName'] ?? '';
    const employee = { givenName, phone, salary: null, accounts: [], archived: false };
    this.arrived('givenName', null, givenName, version);
    if (phone !== null) this.arrived('phone', null, phone, version);
    const id = this.office.nextId();
    this.office.save(this.now, { ...employee, id, reference: 'user' });
    const shown = { givenName, familyName: 'Nordmann', phone, bankAccount: null };
    return { outcome: 'applied', employeeId: id, shown, accountId: null };
  }

  private patch(employee: Employee, { operations }: Extract<NextRequest, { kind: 'patch' }>, version: number): Answer {
    const valueAt = (path: string): string | undefined => {
      const operation = operations.find((o) => o.path === path);
      return operation && 'value' in operation ? (operation.value as string) : undefined;
    };
    const givenName = valueAt('/FirstName');
    const phone = valueAt('/PhoneNumber');
    if (this.refusing && phone === refusedPhone) return { outcome: 'refused', reason: 'validation', detail: 'No.' };
    if (givenName !== undefined) this.arrived('givenName', employee.givenName, givenName, version);
    if (phone !== undefined) this.arrived('phone', employee.phone, phone, version);
    const after = { ...employee, givenName: givenName ?? employee.givenName, phone: phone ?? employee.phone };
    this.office.save(this.now, after);
    const { id, archived, salary } = after;
    return { outcome: 'applied', employeeId: id, shown: shownBy(after, false), accountId: salary, archived };
  }

  /** Nothing at PowerOffice keeps two equal accounts apart. */
  private createAccount(employee: Employee, number: string): Answer {
    if (employee.accounts.some((account) => account.by === 'us' && account.number === number && account.active))
      throw new Violation('S1', 'two equal accounts that we made');
    const account: Account = { id: this.office.nextId(), number, active: true, by: 'us' };
    this.office.save(this.now, { ...employee, accounts: [...employee.accounts, account] });
    return { outcome: 'applied', employeeId: null, shown: null, accountId: account.id };
  }

  private setSalary(employee: Employee, accountId: string, version: number): Answer {
    const account = employee.accounts.find(({ id }) => id === accountId);
    if (!account) return { outcome: 'refused', reason: 'validation', detail: null };
    this.arrived('bankAccount', salaryNumber(employee), account.number, version);
    this.office.save(this.now, { ...employee, salary: accountId });
    return { outcome: 'applied', employeeId: employee.id, shown: null, accountId };
  }

  private read(task: NextRequest, choice: number): Answer | Reading {
    const employees = this.office.readable(this.now, choice);
    const employee =
      task.kind === 'look-up'
        ? employees.find((e) => e.reference === task.reference)
        : employees.find((e) => 'employeeId' in task && e.id === task.employeeId);
    const readsAccounts = task.kind === 'account-look' || (task.kind === 'read-back' && task.what === 'accounts');
    if (readsAccounts && !employee)
      return task.kind === 'account-look'
        ? { outcome: 'refused', reason: 'not-found', detail: null }
        : { outcome: 'absent' };
    if (readsAccounts) {
      const accounts = this.accountsOf(employee);
      return task.kind === 'account-look'
        ? { outcome: 'applied', employeeId: null, shown: null, accountId: accounts.id, closed: accounts.closed }
        : { outcome: 'accounts', ...accounts };
    }
    if (task.kind === 'read') {
      if (!employee) return { outcome: 'refused', reason: 'not-found', detail: null };
      this.forgive(employee);
      const { id, salary, archived } = employee;
      return {
        outcome: 'applied',
        employeeId: id,
        shown: shownBy(employee, task.accounts),
        accountId: salary,
        archived,
      };
    }
    if (!employee) return { outcome: 'absent' };
    const accounts = task.kind === 'look-up' || (task.kind === 'read-back' && task.what === 'salary');
    const { id, salary, archived } = employee;
    return { outcome: 'found', employeeId: id, archived, shown: shownBy(employee, accounts), accountId: salary };
  }

  private accountsOf(employee: Employee | undefined): { id: string | null; closed: boolean } {
    const wanted = this.lane.attempt?.values.bankAccount;
    const number = wanted ? accountNumber(wanted.sent) : '';
    const same = (employee?.accounts ?? []).filter((account) => account.number === number);
    const active = same.find((account) => account.active);
    return { id: active?.id ?? null, closed: !active && same.length > 0 };
  }

  /** A look that lags behind a clerk's edit cannot know of it. */
  private forgive(seen: Employee): void {
    const current = this.office.find(seen.id);
    for (const field of watched)
      if (current && fieldOf(seen, field) !== fieldOf(current, field)) this.ghosts.unseen(field);
  }

  // ------------------------------------------------------------------ people
  edit(field: Watched, n: number): void {
    const last = this.versions.at(-1) as Version;
    const value = valueOf(field, n);
    if (last.values[field] === value) return;
    this.versions.push({ ...last, values: { ...last.values, [field]: value } });
    this.ghosts.edited(field, value);
    this.log.push(['Huma', field, value]);
  }
  lock(): void {
    const last = this.versions.at(-1) as Version;
    this.versions.push({ ...last, locked: !last.locked });
    this.log.push(['Huma', last.locked ? 'reactivated' : 'deactivated']);
  }
  deliver(): void {
    this.taken = this.versions.length - 1;
    this.lane = { ...this.lane, due: true };
  }
  ask(asked: 'person' | 'look'): void {
    this.lane = { ...this.lane, due: true, asked };
    this.pauses.asked();
  }
  /** The privilege for phone numbers and accounts is taken or granted, and the change of abilities makes the lane due. */
  permit(): void {
    this.permitted = !this.permitted;
    this.log.push(['permitted', this.permitted]);
    this.lane = { ...this.lane, due: true, asked: this.lane.asked ?? 'privilege' };
    this.pauses.asked();
  }

  private mine(): Employee | undefined {
    const [employee] = this.office.ours();
    return employee && !this.office.gone.has(employee.id) ? employee : undefined;
  }
  clerk(field: Watched): void {
    const employee = this.mine();
    if (!employee) return;
    const value = clerkValueOf(field, (this.clerkValues += 1));
    this.ghosts.clerkEdited(field, value, this.isAtRest());
    if (field === 'bankAccount') {
      const account: Account = { id: this.office.nextId(), number: value, active: true, by: 'clerk' };
      this.office.save(this.now, { ...employee, accounts: [...employee.accounts, account], salary: account.id });
    } else this.office.save(this.now, { ...employee, [field]: value });
    this.log.push([this.now, 'clerk', field, value]);
  }
  /** A lane at rest has settled or refused everything; one that is only locked has not. */
  private isAtRest(): boolean {
    const { due, attempt, fields } = this.lane;
    const open = watched.some((field) => fields[field]?.refused?.looked);
    return (
      this.taken === this.versions.length - 1 &&
      !due &&
      !attempt &&
      !open &&
      this.workers.length + this.wire.length === 0
    );
  }
  archive(): void {
    const employee = this.mine();
    if (!employee) return;
    this.office.save(this.now, { ...employee, archived: !employee.archived });
    this.log.push([this.now, 'clerk', employee.archived ? 'restores' : 'archives']);
  }
  /** A clerk deletes the employee of a linked person, or restores it. */
  remove(): void {
    const [employee] = this.office.ours();
    if (!employee || !this.lane.link) return;
    if (!this.office.gone.delete(employee.id)) this.office.gone.add(employee.id);
    this.log.push([this.now, 'gone', this.office.gone.has(employee.id)]);
  }
  /** A clerk closes or opens an account; not while something of ours is under way, which no look could see. */
  close(n: number): void {
    const employee = this.mine();
    const account = employee?.accounts[n % Math.max(1, employee.accounts.length)];
    if (!employee || !account || this.lane.attempt || this.lane.account || this.workers.length > 0) return;
    const accounts = employee.accounts.map((a) => (a === account ? { ...a, active: !a.active } : a));
    this.office.save(this.now, { ...employee, accounts });
    this.log.push([this.now, 'clerk', account.active ? 'closes' : 'opens', account.number]);
  }

  // ------------------------------------------------------------------ our database
  saveBackup(): void {
    this.backup = { lane: this.lane, taken: this.taken };
  }
  /** A restore takes longer than any request lives; Huma's events since the backup are taken in again. */
  restore(): void {
    this.workers = [];
    this.pass(LONGEST_FLIGHT + timing.readLagMs + 20 * SECOND);
    this.isRestored = true;
    this.log.push([this.now, 'our database is restored']);
    const { link: linked, attempt } = this.backup.lane;
    const judgeFirst = !this.without.judge && (linked !== null || attempt !== null);
    this.lane = { ...this.backup.lane, judgeFirst: judgeFirst || this.backup.lane.judgeFirst, due: true };
    this.taken = this.versions.length - 1;
    this.pauses.asked();
  }

  // ------------------------------------------------------------------ workers
  claim(): Worker | null {
    const context = this.context();
    this.applyWithout();
    const before = this.lane;
    const step = claim(before, context);
    this.lane = step.lane;
    if (step.task.kind === 'nothing' || step.task.kind === 'refresh-index') return null;
    if (lockReason(context)) throw new Violation('S4', 'something is done for a locked person');
    this.pauses.claimed(before);
    this.log.push([this.now, 'claim', step.task]);
    const { task } = step;
    const version = this.lane.attempt?.version ?? 0;
    const worker = { task, fence: context.id, version, sendBefore: this.now + timing.sendWindowMs, request: null };
    this.workers.push(worker);
    return worker;
  }
  private applyWithout(): void {
    const { look, accountWait, looks } = this.without;
    if (accountWait) this.lane = { ...this.lane, showsAt: null };
    if (looks) this.lane = { ...this.lane, looks: null };
    if (look) {
      const fields = Object.entries(this.lane.fields).map(([name, state]) => [
        name,
        state.refused ? { ...state, refused: { ...state.refused, looked: true } } : state,
      ]);
      this.lane = { ...this.lane, fields: Object.fromEntries(fields) as Lane['fields'] };
    }
  }
  send(worker: Worker): void {
    if (worker.request) return;
    if (this.now > worker.sendBefore) {
      this.finish(worker, isReading(worker.task) ? failed : notDone);
      return;
    }
    worker.request = { task: worker.task, version: worker.version, sentAt: this.now, answer: null };
    this.wire.push(worker.request);
  }
  /** The answer comes, is lost, or the client gives up waiting. */
  answerTo(worker: Worker, lost: boolean): void {
    const { request } = worker;
    if (!request) return;
    if (request.answer && !lost) this.finish(worker, request.answer);
    else if (lost || this.now - request.sentAt >= timing.clientTimeoutMs)
      this.finish(worker, this.without.unknown && !isReading(worker.task) ? notDone : { outcome: 'unknown' });
  }
  private finish(worker: Worker, answer: Answer | Reading): void {
    this.workers = this.workers.filter((other) => other !== worker);
    const context = this.context();
    const before = this.lane;
    let step: Step;
    if (isReading(worker.task)) {
      const reading = answer.outcome === 'unknown' ? failed : (answer as Reading);
      step = settle(before, worker.fence, this.believed(before, reading), context);
    } else {
      const fence = this.without.fence ? (before.attempt?.id ?? '') : worker.fence;
      step = record(before, fence, answer as Answer, context);
    }
    if (this.without.pause && step.lane.retry)
      step = { ...step, lane: { ...step.lane, retry: { ...step.lane.retry, notBefore: 0 } } };
    this.lane = step.lane;
    this.log.push([this.now, worker.task.kind, answer]);
    if (step.lane !== before) this.pauses.ended(before, step, answer.outcome, this.now);
  }
  private believed(lane: Lane, reading: Reading): Reading {
    const doubted = lane.attempt?.refusal?.reason === 'not-found';
    return this.without.doubt && doubted ? { outcome: 'absent' } : reading;
  }
  crash(worker: Worker): void {
    this.workers = this.workers.filter((other) => other !== worker);
  }
  /** Time passes, in milliseconds; what is on the wire arrives before it is older than any request can become. */
  pass(ms: number): void {
    const until = this.now + ms;
    while (this.now < until && this.wire.length > 0) {
      this.now += SECOND;
      for (const r of this.wire.filter((x) => this.now - x.sentAt >= LONGEST_FLIGHT)) this.arrive(r, this.now / SECOND);
    }
    this.now = Math.max(this.now, until);
  }
  /** Time passes until the lane wants to be looked at. */
  passUntilAwake(): void {
    const next = wakeAt(this.lane, false);
    if (next !== null && next > this.now) this.pass(next - this.now);
  }

  // ------------------------------------------------------------------ the end
  /** No more faults: everything is delivered and done. Throws when the lane does not come to rest, or rests wrongly. */
  settleDown(): void {
    this.weather = 'fine';
    this.refusing = false;
    this.permitted = true;
    this.office.gone.clear();
    const employee = this.mine();
    if (employee) {
      const accounts = employee.accounts.map((account) => ({ ...account, active: true }));
      this.office.save(this.now, { ...employee, archived: false, accounts });
    }
    if (this.versions.at(-1)?.locked) this.lock();
    this.deliver();
    if (this.lane.asked === null && watched.some((f) => this.lane.fields[f]?.refused?.reason === 'not-permitted'))
      this.lane = { ...this.lane, asked: 'privilege' };
    for (let i = 0; i < 300; i += 1) {
      if (this.workers.length + this.wire.length === 0 && !this.claim()) {
        const next = wakeAt(this.lane, false);
        if (next === null || (this.without.looks && !this.lane.due && !this.lane.attempt)) return this.judge();
        this.now = Math.max(this.now + SECOND, next);
      }
      for (const worker of [...this.workers]) this.send(worker);
      for (const request of [...this.wire]) this.arrive(request, 99);
      for (const worker of [...this.workers]) this.answerTo(worker, false);
    }
    throw new Violation('S5', `the lane does not come to rest: ${JSON.stringify(this.lane)}`);
  }

  private judge(): void {
    const mine = this.office.ours();
    if (mine.length > 1) throw new Violation('S1', 'two employees');
    const [employee] = mine;
    const last = this.versions.at(-1) as Version;
    if (!employee) throw new Violation('S5', `neither created nor blocked: ${JSON.stringify(this.lane)}`);
    if (this.lane.blocked) throw new Violation('S5', `blocked for nothing: ${this.lane.blocked.reason}`);
    for (const field of watched) {
      const { owner, clerk } = this.ghosts.of(field);
      const value = fieldOf(employee, field);
      const { refused, note } = this.lane.fields[field] ?? {};
      if (owner === 'clerk' ? value === clerk : value === last.values[field] || (owner === 'either' && value === clerk))
        continue;
      // After a restore nobody can tell a value that we wrote since the backup from somebody else's: it is kept and shown.
      if (note === 'kept-foreign-value' && ((clerk !== null && value === clerk) || this.isRestored)) continue;
      if (refused) throw new Violation('S5', `${field} waits for nothing: ${refused.reason}`);
      const ends = `PowerOffice ${String(value)}, Huma ${last.values[field]}, clerk ${String(clerk)}, owner ${owner}`;
      throw new Violation(owner === 'clerk' ? 'S3' : 'S2/S3', `${field}: ${ends}`);
    }
  }
}

const notDone: Answer = { outcome: 'not-done', reason: 'poweroffice-unavailable', retryAfterMs: null };
const failed: Reading = { outcome: 'failed', reason: 'poweroffice-unavailable', retryAfterMs: null };

const isReading = ({ kind }: NextRequest): boolean => kind === 'look-up' || kind === 'read-back';
