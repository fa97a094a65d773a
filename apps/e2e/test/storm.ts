import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningProcess } from '@huma-poweroffice/stack';
import { bankAccountOf, type LoggedRequest } from '@huma-poweroffice/testing';
import type { Organization, Someone, World } from './world.js';

/** Numbers that look random and are the same every time. */
export const dice = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
};

/** Fields that both Huma and clerks edit; every value of Huma's carries a number that only grows. */
const edited = ['givenName', 'phone', 'bankAccount'] as const;
type Edited = (typeof edited)[number];

const humaValue: Record<Edited, (n: number) => unknown> = {
  givenName: (n) => `Name ${String(n)}`,
  phone: (n) => `+4745${String(n).padStart(6, '0')}`,
  bankAccount: (n) => ({ type: 'national', country: 'NO', number: bankAccountOf(100_000 + n) }),
};
const clerkEdit: Record<Edited, (n: number) => Record<string, unknown>> = {
  givenName: (n) => ({ FirstName: `Clerk ${String(n)}` }),
  phone: (n) => ({ PhoneNumber: `+4741${String(n).padStart(6, '0')}` }),
  bankAccount: (n) => ({ SalaryAccount: bankAccountOf(500_000 + n) }),
};

interface History {
  /** The newest number of Huma's, null: never edited. */
  huma: number | null;
  clerk: number | null;
  /** Whether a clerk's edit came after Huma's newest. */
  clerkLast: boolean;
}

/** Edits on both sides of some people, remembered, so that the end can be judged. */
export class Storm {
  private readonly histories = new Map<string, History>();
  private readonly jobTitles = new Map<Someone, string>();
  private n = 0;

  constructor(
    private readonly people: readonly Someone[],
    private readonly roll: (below: number) => number,
  ) {}

  private of(someone: Someone, field: Edited): History {
    const key = `${someone.userId} ${field}`;
    const history = this.histories.get(key) ?? { huma: null, clerk: null, clerkLast: false };
    this.histories.set(key, history);
    return history;
  }
  private pick(): { someone: Someone; field: Edited } {
    const someone = this.people[this.roll(this.people.length)];
    if (!someone) throw new Error('Nobody to edit');
    return { someone, field: edited[this.roll(edited.length)] ?? 'givenName' };
  }

  async edit(): Promise<void> {
    const { someone, field } = this.pick();
    const n = (this.n += 1);
    await someone.edit({ [field]: humaValue[field](n) });
    Object.assign(this.of(someone, field), { huma: n, clerkLast: false });
  }

  /** A clerk edits a field that Huma edits too, and one that only clerks touch. */
  async clerk(): Promise<void> {
    const { someone, field } = this.pick();
    const n = (this.n += 1);
    await someone.clerk({ ...clerkEdit[field](n), JobTitle: `Cook ${String(n)}` });
    this.jobTitles.set(someone, `Cook ${String(n)}`);
    Object.assign(this.of(someone, field), { clerk: n, clerkLast: true });
  }

  /** What the service knows of the people that a verdict names, to be printed when one fails. */
  async evidence(connectionId: string, wrong: readonly string[]): Promise<unknown[]> {
    const named = this.people.filter(({ userId }) => wrong.some((text) => text.includes(userId)));
    return Promise.all(named.map((someone) => someone.report(connectionId)));
  }

  /** What is wrong in the end, in words; empty when everything is as it must be (S1, S3 of the lane protocol). */
  async verdict(organization: Organization, connectionId: string): Promise<string[]> {
    const wrong: string[] = [];
    const employees = await organization.employees();
    const accounts = new Map((await organization.accounts()).map((a) => [a.Id, a.BankAccountNumber]));
    for (const someone of this.people) {
      const mine = employees.filter((e) => e['ExternalImportReference'] === someone.userId);
      if (mine.length !== 1) wrong.push(`S1: ${someone.userId} is ${String(mine.length)} employees`);
      const [employee] = mine;
      if (!employee) continue;
      const title = this.jobTitles.get(someone);
      if (title !== undefined && employee['JobTitle'] !== title)
        wrong.push(`S3: a job title of ${title} was overwritten`);
      const person = await organization.administrator.must<{ fields: { field: string; note: string | null }[] }>(
        'employeeSync',
        'GET',
        `/v1/connections/${connectionId}/people/${someone.userId}`,
      );
      for (const field of edited) {
        const { huma, clerk, clerkLast } = this.of(someone, field);
        if (huma === null) continue;
        const value =
          field === 'givenName'
            ? employee['FirstName']
            : field === 'phone'
              ? employee['PhoneNumber']
              : accounts.get(Number(employee['SalaryBankAccountId']));
        const wanted = field === 'bankAccount' ? bankAccountOf(100_000 + huma) : humaValue[field](huma);
        if (value === wanted) continue;
        const clerks =
          clerk === null
            ? undefined
            : field === 'bankAccount'
              ? bankAccountOf(500_000 + clerk)
              : Object.values(clerkEdit[field](clerk))[0];
        const shown = person.fields.some((f) => f.field === field && f.note === 'kept-foreign-value');
        // A clerk's value stays where it came last, or where nobody can tell who was last and a person is told.
        if (value === clerks && (clerkLast || shown)) continue;
        wrong.push(`S2/S3: ${field} of ${someone.userId} is ${String(value)} instead of ${JSON.stringify(wanted)}`);
      }
    }
    return wrong;
  }
}

const paths = ['/FirstName', '/PhoneNumber'];

interface Operation {
  readonly path: string;
  readonly value?: unknown;
}
const operationsOf = (request: LoggedRequest): Operation[] =>
  Array.isArray(request.body) ? (request.body as Operation[]).filter((o) => paths.includes(o.path)) : [];

/** Writes of Huma's values as they were applied, per employee and field, in the order of their arrival. */
export const appliedWrites = (
  requests: readonly LoggedRequest[],
): { employee: string; path: string; value: string }[] =>
  requests
    .filter((r) => r.method === 'PATCH' && r.status !== null && r.status < 300)
    .flatMap((r) =>
      operationsOf(r).map(({ path, value }) => ({
        employee: /Employees\/(\d+)/.exec(r.path)?.[1] ?? '',
        path,
        value: String(value),
      })),
    );

/** S2: numbers of Huma's values never go back, per employee and field. */
export const goingBack = (requests: readonly LoggedRequest[]): string[] => {
  const newest = new Map<string, number>();
  return appliedWrites(requests).flatMap(({ employee, path, value }) => {
    const n = Number(/(\d+)$/.exec(value.replace('+4745', ''))?.[1]);
    const key = `${employee} ${path}`;
    const back = n < (newest.get(key) ?? 0);
    newest.set(key, Math.max(n, newest.get(key) ?? 0));
    return back ? [`S2: ${key} went back to ${value}`] : [];
  });
};

/** The most requests that arrived within any second. */
export const mostPerSecond = (requests: readonly LoggedRequest[]): number => {
  const times = requests.map((r) => r.at).sort((a, b) => a - b);
  let most = 0;
  for (let first = 0, last = 0; last < times.length; last += 1) {
    while ((times[last] ?? 0) - (times[first] ?? 0) >= 1000) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
};

/** Kills processes at odd moments and starts them again, until told to stop. */
export const killing = async (
  victims: readonly Pick<RunningProcess, 'kill' | 'restart'>[],
  roll: (below: number) => number,
  times: number,
): Promise<void> => {
  for (let i = 0; i < times; i += 1) {
    await sleep(1000 + roll(3000));
    const victim = victims[i % victims.length];
    await victim?.kill();
    await sleep(roll(1500));
    await victim?.restart();
  }
};

/** Does something again and again until the other work is over. */
export const meanwhile = async (work: Promise<void>, act: () => Promise<void>, everyMs: number): Promise<void> => {
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  while (!over) {
    await act();
    await sleep(everyMs);
  }
  await ended;
};

/** All entries of the audit of a connection. */
export const auditOf = async (
  { administrator }: Organization,
  connectionId: string,
): Promise<{ employeeId: string | null; result: string; changes: { field: string; after: unknown }[] }[]> => {
  const entries: { employeeId: string | null; result: string; changes: { field: string; after: unknown }[] }[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = `limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page: { items: typeof entries; nextCursor: string | null } = await administrator.must(
      'employeeSync',
      'GET',
      `/v1/connections/${connectionId}/audit?${query}`,
    );
    entries.push(...page.items);
    cursor = page.nextCursor;
  }
  return entries;
};

export type { World };
