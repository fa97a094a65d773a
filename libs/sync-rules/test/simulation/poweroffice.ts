import type { Json } from '../../src/json.js';
import type { ShownValues } from '../../src/fields.js';

/** A contact's bank account; `by` says who made it, because two equal ones of ours are a fault and a clerk's are not. */
export interface Account {
  readonly id: string;
  readonly number: string;
  readonly active: boolean;
  readonly by: 'us' | 'clerk';
}

export interface Employee {
  readonly id: string;
  readonly reference: string | null;
  readonly givenName: string;
  readonly phone: string | null;
  readonly salary: string | null;
  readonly accounts: readonly Account[];
  readonly archived: boolean;
}

interface State {
  readonly at: number;
  readonly employees: readonly Employee[];
}

/** PowerOffice's memory: its states in time, because a read may lag behind a write. */
export class PowerOffice {
  private history: State[] = [{ at: 0, employees: [] }];
  private count = 0;
  /** Employees that are not there for now; they come back as they were. */
  readonly gone = new Set<string>();

  constructor(private readonly readLagMs: number) {}

  get employees(): readonly Employee[] {
    return (this.history.at(-1) as State).employees;
  }

  nextId(): string {
    return String((this.count += 1));
  }

  find(id: string): Employee | undefined {
    return this.gone.has(id) ? undefined : this.employees.find((e) => e.id === id);
  }

  ours(): Employee[] {
    return this.employees.filter((e) => e.reference === 'user');
  }

  save(at: number, employee: Employee): void {
    const others = this.employees.filter((e) => e.id !== employee.id);
    this.history.push({ at, employees: [...others, employee] });
  }

  /** One of the states that a read at this moment may show; the newest for the largest choice. */
  readable(now: number, choice: number): readonly Employee[] {
    const oldest = this.history.findLastIndex((state) => state.at <= now - this.readLagMs);
    const states = this.history.slice(Math.max(0, oldest));
    const state = states[choice % states.length] as State;
    return state.employees.filter((e) => !this.gone.has(e.id));
  }
}

export const salaryNumber = ({ salary, accounts }: Employee): string | null =>
  accounts.find((account) => account.id === salary)?.number ?? null;

/** What an employee shows; the number of the salary account only where the accounts were read too. */
export const shownBy = (employee: Employee, accounts: boolean): ShownValues => {
  const { givenName, phone, salary } = employee;
  const number = salaryNumber(employee);
  const rest = { givenName, familyName: 'Nordmann', phone };
  if (salary !== null && !accounts) return rest;
  const bankAccount: Json = number === null ? null : { number, country: 'NO', bic: null };
  return { ...rest, bankAccount };
};
