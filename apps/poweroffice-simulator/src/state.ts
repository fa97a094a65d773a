import { randomUUID } from 'node:crypto';
import { EmployeeIndex } from './employee-index.js';
import type { BankAccount, Client, Employee } from './model.js';
import type { Store } from './store.js';

interface Versions<T> {
  now: T | null;
  /** Earlier states, oldest first, for reads that lag: each was true until `until` (milliseconds). */
  past: { until: number; value: T | null }[];
}

/** The employees and bank accounts of one client, with the recent past for reads from a lagging replica. */
export class Ledger {
  private readonly employees = new Map<number, Versions<Employee>>();
  private readonly accounts = new Map<number, Versions<BankAccount>>();
  readonly index = new EmployeeIndex();

  constructor(
    readonly client: Client,
    private readonly store: Store,
    private readonly ids: () => number,
  ) {}

  load(employees: Employee[], accounts: BankAccount[]): void {
    for (const e of employees) {
      this.index.change(this.employee(e.Id), e);
      this.employees.set(e.Id, { now: e, past: [] });
    }
    for (const a of accounts) this.accounts.set(a.Id, { now: a, past: [] });
  }

  nextId(): number {
    return this.ids();
  }

  /** The newest state, as the master has it. */
  employee(id: number): Employee | null {
    return this.employees.get(id)?.now ?? null;
  }
  allEmployees(): Employee[] {
    return [...this.employees.values()].flatMap((v) => (v.now ? [v.now] : []));
  }
  account(id: number): BankAccount | null {
    return this.accounts.get(id)?.now ?? null;
  }
  allAccounts(): BankAccount[] {
    return [...this.accounts.values()].flatMap((v) => (v.now ? [v.now] : []));
  }

  /** The state as a replica shows it that is `lagMs` behind. */
  seenEmployees(lagMs: number): Employee[] {
    return seen(this.employees, lagMs);
  }
  seenEmployee(id: number, lagMs: number): Employee | null {
    const versions = this.employees.get(id);
    return versions ? seenOf(versions, Date.now() - lagMs, lagMs) : null;
  }
  seenAccounts(lagMs: number): BankAccount[] {
    return seen(this.accounts, lagMs);
  }

  async putEmployee(employee: Employee): Promise<void> {
    this.index.change(this.employee(employee.Id), employee);
    remember(this.employees, employee.Id, employee);
    await this.store.put('employee', this.client.id, employee.Id, employee);
  }
  async removeEmployee(id: number): Promise<void> {
    this.index.change(this.employee(id), null);
    remember(this.employees, id, null);
    await this.store.remove('employee', this.client.id, id);
  }
  async putAccount(account: BankAccount): Promise<void> {
    remember(this.accounts, account.Id, account);
    await this.store.put('account', this.client.id, account.Id, account);
  }
  async removeAccount(id: number): Promise<void> {
    remember(this.accounts, id, null);
    await this.store.remove('account', this.client.id, id);
  }
  async putAll(employees: Employee[], accounts: BankAccount[]): Promise<void> {
    this.load(employees, accounts);
    await this.store.putMany('employee', this.client.id, employees);
    await this.store.putMany('account', this.client.id, accounts);
  }
}

const KEEP_MS = 60_000;

const remember = <T>(map: Map<number, Versions<T>>, id: number, value: T | null): void => {
  const at = Date.now();
  const versions = map.get(id) ?? { now: null, past: [] };
  versions.past = [...versions.past.filter((p) => p.until > at - KEEP_MS), { until: at, value: versions.now }];
  versions.now = value;
  map.set(id, versions);
};

const seenOf = <T>({ now, past }: Versions<T>, at: number, lagMs: number): T | null =>
  lagMs > 0 ? (past.find((p) => p.until > at) ?? { value: now }).value : now;

const seen = <T>(map: Map<number, Versions<T>>, lagMs: number): T[] => {
  const at = Date.now() - lagMs;
  const result: T[] = [];
  for (const versions of map.values()) {
    const value = seenOf(versions, at, lagMs);
    if (value) result.push(value);
  }
  return result;
};

/** All clients, and how tokens map to them. */
export class World {
  private readonly ledgers = new Map<string, Ledger>();
  private readonly tokens = new Map<string, { clientId: string; until: number }>();
  private lastId = 1000;

  constructor(private readonly store: Store) {}

  async load(): Promise<void> {
    const saved = await this.store.load();
    for (const { client, employees, accounts } of saved) {
      this.ledger(client).load(employees, accounts);
      for (const { Id } of [...employees, ...accounts]) this.lastId = Math.max(this.lastId, Id);
    }
  }

  private ledger(client: Client): Ledger {
    const known = this.ledgers.get(client.id);
    if (known) {
      Object.assign(known.client, client);
      return known;
    }
    const ledger = new Ledger(client, this.store, () => (this.lastId += 1));
    this.ledgers.set(client.id, ledger);
    return ledger;
  }

  clients(): Client[] {
    return [...this.ledgers.values()].map((l) => l.client);
  }
  of(clientId: string): Ledger | null {
    return this.ledgers.get(clientId) ?? null;
  }
  async putClient(client: Client): Promise<Ledger> {
    const ledger = this.ledger(client);
    await this.store.putClient(ledger.client);
    return ledger;
  }
  async removeClient(clientId: string): Promise<void> {
    this.ledgers.delete(clientId);
    await this.store.removeClient(clientId);
  }

  /** A new token for the client of the key; null when the key is nobody's, or was withdrawn. */
  issueToken(clientKey: string, lifetimeMs: number): { token: string; client: Client } | null {
    const client = this.clients().find((c) => c.clientKey === clientKey && !c.keyRevoked);
    if (!client) return null;
    const token = `${Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')}.${randomUUID()}`;
    this.tokens.set(token, { clientId: client.id, until: Date.now() + lifetimeMs });
    return { token, client };
  }
  byToken(token: string): Ledger | null {
    const found = this.tokens.get(token);
    if (!found || found.until < Date.now()) return null;
    const ledger = this.of(found.clientId);
    return ledger && !ledger.client.keyRevoked ? ledger : null;
  }
  /** Ends all tokens of a client, as PowerOffice does when an extension is removed. */
  dropTokens(clientId: string): void {
    for (const [token, t] of this.tokens) if (t.clientId === clientId) this.tokens.delete(token);
  }
}
