import type { HumaValues, ShownValues } from '../src/fields.js';
import { accountNumber } from '../src/fields.js';
import type { Json } from '../src/json.js';
import { emptyLane, wakeAt, type Lane } from '../src/lane.js';
import {
  claim,
  link,
  lockReason,
  record,
  settle,
  type Answer,
  type Reading,
  type Task,
  type World,
} from '../src/protocol.js';

/**
 * A whole world around one lane: Huma, its events, PowerOffice with lagging reads, a clerk, workers that stall and
 * crash, requests that arrive late and answers that are lost. What is right is judged by ghosts that the protocol
 * never sees: per field who must win once all is quiet.
 */
export const timing = { sendWindowMs: 2, clientTimeoutMs: 5, processingMs: 4, readLagMs: 3, leaseMs: 9 };
/** Rules taken out, to show that the histories are hard enough to need them. */
export interface Without {
  /** Parts of the wait that the protocol does not know of. */
  readonly wait?: Partial<typeof timing>;
  /** A worker that lost its lease records all the same. */
  readonly fence?: true;
  /** A lost answer is taken for a request that was never sent. */
  readonly unknown?: true;
}

const LONGEST_FLIGHT = timing.clientTimeoutMs + timing.processingMs;

export const watched = ['givenName', 'phone', 'bankAccount'] as const;
type Watched = (typeof watched)[number];
/** Account numbers that pass the check of their last digit. */
const accounts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((n) => {
  const start = `1503${String(n)}12345`;
  const sum = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2].reduce((s, w, i) => s + w * Number(start[i]), 0) % 11;
  return sum === 1 ? [] : [`${start}${String((11 - sum) % 11)}`];
});

interface Employee {
  id: string;
  reference: string | null;
  givenName: string;
  phone: string | null;
  account: string | null;
  accounts: string[];
}
interface Version {
  values: Record<Watched, string>;
  locked: boolean;
}
interface Worker {
  task: Task;
  fence: string;
  version: number;
  sendBefore: number;
  request: Request | null;
}
interface Request {
  task: Task;
  version: number;
  sentAt: number;
  answer: Answer | Reading | null;
}
interface Ghost {
  owner: 'huma' | 'clerk' | 'either';
  clerk: string | null;
  applied: string | null;
  done: boolean;
}

export class Violation extends Error {}

/** The values are mapped by the real rules, so they are real phone numbers and account numbers. */
export const valueOf = (field: Watched, n: number): string =>
  field === 'givenName'
    ? `name ${String(n)}`
    : field === 'phone'
      ? `+479000000${String(n % 10)}`
      : (accounts[n % 5] as string);

export class Simulation {
  now = 1000;
  lane: Lane = emptyLane('user');
  readonly versions: Version[];
  taken = 0;
  workers: Worker[] = [];
  wire: Request[] = [];
  history: { at: number; employees: Employee[] }[] = [];
  log: string[] = [];
  private ids = 0;
  private clerkValues = 0;
  readonly ghosts: Record<Watched, Ghost>;

  constructor(
    linked: boolean,
    private readonly without: Without = {},
  ) {
    const values = {
      givenName: valueOf('givenName', 0),
      phone: valueOf('phone', 0),
      bankAccount: valueOf('bankAccount', 0),
    };
    this.versions = [{ values, locked: false }];
    const done = linked;
    const ghost = (v: string): Ghost => ({ owner: 'huma', clerk: null, applied: done ? v : null, done });
    this.ghosts = {
      givenName: ghost(values.givenName),
      phone: ghost(values.phone),
      bankAccount: ghost(values.bankAccount),
    };
    if (linked) {
      const e: Employee = {
        id: '1',
        reference: 'user',
        ...values,
        account: values.bankAccount,
        accounts: [values.bankAccount],
      };
      this.history = [{ at: 0, employees: [e] }];
      this.lane = link(
        this.lane,
        { employeeId: '1', clientId: 'c', reference: 'ours', shown: this.shown(e), accountId: e.account },
        this.huma(0),
      );
    } else {
      this.history = [{ at: 0, employees: [] }];
      this.lane = { ...this.lane, isNew: true, due: true };
    }
  }

  // ------------------------------------------------------------------ what the rules see
  private huma(version: number): HumaValues {
    const { givenName, phone, bankAccount } = (this.versions[version] as Version).values;
    return {
      givenName,
      familyName: 'Nordmann',
      phone,
      bankAccount: { type: 'national', country: 'NO', number: bankAccount },
    };
  }
  private shown(e: Employee): ShownValues {
    const account: Json = e.account === null ? null : { number: e.account, country: 'NO', bic: null };
    return { givenName: e.givenName, familyName: 'Nordmann', phone: e.phone, bankAccount: account };
  }
  private world(version = this.taken): World {
    const { locked } = this.versions[version] as Version;
    const sameEmail = this.current
      .filter((e) => e.reference !== 'user')
      .map((e) => ({ employeeId: e.id, reference: e.reference }));
    return {
      now: this.now,
      id: `a${String((this.ids += 1))}`,
      jitter: 0,
      timing: { ...timing, ...this.without.wait },
      person: { version, values: this.huma(version), state: locked ? 'deactivated' : 'active' },
      inScope: true,
      connection: { active: true, clientId: 'c', createUsers: true },
      tokenClientId: 'c',
      writable: new Set(['givenName', 'familyName', 'phone', 'bankAccount']),
      series: null,
      sameEmail,
    };
  }

  // ------------------------------------------------------------------ PowerOffice
  get current(): Employee[] {
    return (this.history.at(-1) as { employees: Employee[] }).employees;
  }
  private write(employees: Employee[]): void {
    this.history.push({ at: this.now, employees });
  }
  /** A read may lag behind by `readLagMs`. */
  private readable(pick: number): Employee[] {
    const oldest = Math.max(
      0,
      this.history.findLastIndex((h) => h.at <= this.now - timing.readLagMs),
    );
    const states = this.history.slice(oldest);
    return (states[pick % states.length] as { employees: Employee[] }).employees;
  }
  private arrived(field: Watched, was: string | null, value: string, version: number): void {
    const ghost = this.ghosts[field];
    if (ghost.owner === 'clerk' && value !== was)
      throw new Violation(`S3: a clerk's ${field} made after it was settled is overwritten`);
    if (ghost.owner === 'clerk') return;
    const latest = this.versions.slice(version).every((v) => v.values[field] === value);
    this.ghosts[field] = { owner: 'huma', clerk: null, applied: value, done: latest };
  }
  /** The request does at PowerOffice what it does, and is answered there. */
  arrive(request: Request, pick: number): void {
    this.wire = this.wire.filter((r) => r !== request);
    const { task, version } = request;
    const employee = this.current.find((e) => 'employeeId' in task && e.id === task.employeeId);
    const answered = (answer: Answer | Reading): void => void (request.answer = answer);
    const applied = (change: Partial<Extract<Answer, { outcome: 'applied' }>>): void =>
      answered({ outcome: 'applied', employeeId: null, shown: null, accountId: null, ...change });
    const replace = (e: Employee): void => {
      this.write(this.current.map((x) => (x.id === e.id ? e : x)));
    };
    switch (task.kind) {
      case 'create': {
        if (this.current.some((e) => e.reference === 'user'))
          return answered({ outcome: 'refused', reason: 'refused', detail: null });
        const id = String(this.current.length + 1);
        const body = task.body as Record<string, string>;
        const e: Employee = {
          id,
          reference: 'user',
          givenName: body['FirstName'] ?? '',
          phone: body['PhoneNumber'] ?? null,
          account: null,
          accounts: [],
        };
        this.arrived('givenName', null, e.givenName, version);
        this.arrived('phone', null, e.phone ?? '', version);
        this.write([...this.current, e]);
        return applied({ employeeId: id, shown: { givenName: e.givenName, familyName: 'Nordmann', phone: e.phone } });
      }
      case 'patch': {
        const e = { ...(employee as Employee) };
        for (const { path, ...operation } of task.operations) {
          const value = 'value' in operation ? operation.value : null;
          if (path === '/FirstName')
            this.arrived('givenName', e.givenName, (e.givenName = value as string) && (value as string), version);
          if (path === '/PhoneNumber')
            this.arrived('phone', e.phone, (e.phone = value as string) && (value as string), version);
        }
        replace(e);
        const { bankAccount: _, ...shown } = this.shown(e);
        return applied({ shown });
      }
      case 'account-create': {
        const number = accountNumber(task.account);
        const e = employee as Employee;
        if (!e.accounts.includes(number)) replace({ ...e, accounts: [...e.accounts, number] });
        return applied({ accountId: number });
      }
      case 'salary-set': {
        const e = employee as Employee;
        this.arrived('bankAccount', e.account, task.accountId, version);
        replace({ ...e, account: task.accountId });
        return applied({});
      }
      default:
        return answered(this.read(task, pick));
    }
  }
  private read(task: Task, pick: number): Answer | Reading {
    const employees = this.readable(pick);
    const e =
      task.kind === 'look-up'
        ? employees.find((x) => x.reference === task.reference)
        : employees.find((x) => 'employeeId' in task && x.id === task.employeeId);
    const wanted = this.lane.attempt?.values.bankAccount;
    const accountId = wanted && e?.accounts.includes(accountNumber(wanted.sent)) ? accountNumber(wanted.sent) : null;
    if (task.kind === 'account-look') return { outcome: 'applied', employeeId: null, shown: null, accountId };
    if (task.kind === 'read-back' && task.what === 'accounts') return { outcome: 'accounts', accountId };
    if (!e) return { outcome: 'absent' };
    const { bankAccount, ...rest } = this.shown(e);
    // Without reading the contact's accounts it is only known whether there is a salary account.
    const isKnown = e.account === null || (task.kind === 'read-back' && task.what === 'salary');
    const shown = isKnown ? { ...rest, bankAccount: bankAccount ?? null } : rest;
    return { outcome: 'found', employeeId: e.id, archived: false, shown, accountId: e.account };
  }

  // ------------------------------------------------------------------ people
  edit(field: Watched, n: number): void {
    const last = this.versions.at(-1) as Version;
    const value = valueOf(field, n);
    if (last.values[field] === value) return;
    this.versions.push({ ...last, values: { ...last.values, [field]: value } });
    const ghost = this.ghosts[field];
    // Back to what was applied before the clerk's edit: the edit may stay (A, B, A counts as no change).
    this.ghosts[field] = {
      ...ghost,
      owner: ghost.clerk !== null && value === ghost.applied ? 'either' : 'huma',
      done: false,
    };
    this.log.push(`Huma ${field}=${value}`);
  }
  lock(): void {
    const last = this.versions.at(-1) as Version;
    this.versions.push({ ...last, locked: !last.locked });
  }
  deliver(): void {
    if (this.taken < this.versions.length - 1) this.taken = this.versions.length - 1;
    this.lane = { ...this.lane, due: true };
  }
  clerk(field: Watched): void {
    const e = this.current.find((x) => x.reference === 'user');
    if (!e) return;
    this.clerkValues += 1;
    const value =
      field === 'bankAccount'
        ? `9${String(1e9 + this.clerkValues)}`
        : field === 'phone'
          ? `+4741${String(100000 + this.clerkValues)}`
          : `clerk ${String(this.clerkValues)}`;
    const ghost = this.ghosts[field];
    // A lane at rest has settled everything; one that is only locked has not.
    const settled = this.quiet() && wakeAt(this.lane, false) === null && this.taken === this.versions.length - 1;
    this.ghosts[field] = {
      ...ghost,
      owner: ghost.owner === 'clerk' || ghost.done || settled ? 'clerk' : 'either',
      clerk: value,
    };
    const change = field === 'bankAccount' ? { account: value, accounts: [...e.accounts, value] } : { [field]: value };
    this.write(this.current.map((x) => (x.id === e.id ? { ...e, ...change } : x)));
    this.log.push(`clerk ${field}=${value}`);
  }

  // ------------------------------------------------------------------ workers
  claim(): void {
    const world = this.world();
    const step = claim(this.lane, world);
    this.lane = step.lane;
    if (step.task.kind === 'nothing' || step.task.kind === 'refresh-index') return;
    if (lockReason(world)) throw new Violation('S4: something is done for a locked person');
    this.log.push(`${String(this.now)} claim ${JSON.stringify(step.task)}`);
    const version = this.lane.attempt?.version ?? 0;
    this.workers.push({
      task: step.task,
      fence: world.id,
      version,
      sendBefore: this.now + timing.sendWindowMs,
      request: null,
    });
  }
  send(worker: Worker): void {
    if (worker.request) return;
    if (this.now > worker.sendBefore) return this.finish(worker, { outcome: 'not-sent', retryAfterMs: null });
    worker.request = { task: worker.task, version: worker.version, sentAt: this.now, answer: null };
    this.wire.push(worker.request);
  }
  /** The answer comes, is lost, or the client gives up waiting. */
  answer(worker: Worker, lost: boolean): void {
    if (!worker.request) return;
    if (worker.request.answer && !lost) this.finish(worker, worker.request.answer);
    else if (lost || this.now - worker.request.sentAt >= timing.clientTimeoutMs)
      this.finish(worker, this.without.unknown ? { outcome: 'not-sent', retryAfterMs: null } : { outcome: 'unknown' });
  }
  private finish(worker: Worker, answer: Answer | Reading): void {
    this.workers = this.workers.filter((w) => w !== worker);
    const world = this.world();
    const fence = this.without.fence ? (this.lane.attempt?.id ?? '') : worker.fence;
    const readsBack = worker.task.kind === 'read-back' || worker.task.kind === 'look-up';
    if (readsBack) {
      const reading =
        answer.outcome === 'unknown' || answer.outcome === 'not-sent'
          ? { outcome: 'failed' as const, retryAfterMs: null }
          : answer;
      this.lane = settle(this.lane, worker.fence, reading as Reading, world).lane;
    } else {
      const asRead =
        answer.outcome === 'found'
          ? { outcome: 'applied' as const, employeeId: answer.employeeId, shown: answer.shown, accountId: null }
          : answer;
      this.lane = record(this.lane, fence, asRead as Answer, world).lane;
    }
    this.log.push(`${String(this.now)} ${worker.task.kind} ${answer.outcome}`);
  }
  crash(worker: Worker): void {
    this.workers = this.workers.filter((w) => w !== worker);
  }
  /** Time passes; what is on the wire arrives before it is older than any request can become. */
  pass(ms: number): void {
    for (let i = 0; i < ms; i += 1) {
      this.now += 1;
      for (const r of this.wire.filter((x) => this.now - x.sentAt >= LONGEST_FLIGHT)) this.arrive(r, i);
    }
  }

  // ------------------------------------------------------------------ the end
  quiet(): boolean {
    const locked = (this.versions[this.taken] as Version).locked;
    return this.workers.length === 0 && this.wire.length === 0 && wakeAt(this.lane, locked) === null;
  }
  /** No more faults: everything is delivered and done. Throws when the lane does not come to rest. */
  settleDown(): void {
    for (let i = 0; i < 400; i += 1) {
      this.deliverOnce();
      if (this.quiet() && this.taken === this.versions.length - 1) return this.judge();
      this.claim();
      for (const w of [...this.workers]) this.send(w);
      for (const r of [...this.wire]) this.arrive(r, 99);
      for (const w of [...this.workers]) this.answer(w, false);
      this.pass(i % 20 === 19 ? 1000 : 1);
    }
    throw new Violation(`S5: the lane does not come to rest: ${JSON.stringify(this.lane)}`);
  }
  private deliverOnce(): void {
    if (this.taken < this.versions.length - 1) this.deliver();
  }
  private judge(): void {
    const mine = this.current.filter((e) => e.reference === 'user');
    if (mine.length > 1) throw new Violation('S1: two employees');
    const last = this.versions.at(-1) as Version;
    if (last.locked) return;
    const e = mine[0];
    if (!e) throw new Violation(`S5: neither created nor blocked: ${JSON.stringify(this.lane)}`);
    for (const field of watched) {
      const { owner, clerk } = this.ghosts[field];
      const value = field === 'bankAccount' ? e.account : e[field];
      if (owner === 'clerk' ? value === clerk : value === last.values[field] || (owner === 'either' && value === clerk))
        continue;
      if (this.lane.fields[field]?.note === 'kept-foreign-value' && clerk !== null && value === clerk) continue;
      throw new Violation(
        `S2/S3 ${field}: PowerOffice ${String(value)}, Huma ${last.values[field]}, clerk ${String(clerk)}, owner ${owner}`,
      );
    }
  }
}
