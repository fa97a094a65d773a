import type { Keyring, Tx } from '@huma-poweroffice/platform';
import type { HumaValues, ShownValues } from '@huma-poweroffice/sync-rules';
import type { PlanItem } from './plan.js';
import type { ItemState, LeasedRun, PlannedLink } from './run.js';
import { employeeContext, personContext } from './sealing.js';

interface LinkRow extends Pick<PlannedLink, 'no' | 'userId' | 'employeeId' | 'reference' | 'tries' | 'accountId'> {
  readonly person: Buffer;
  readonly employee: Buffer;
}

/** What became of an item; a `pending` one is tried again. */
export interface ItemResult {
  readonly no: number;
  readonly state: ItemState;
  readonly reason: string | null;
}

/** Lanes of people who are to be linked, as far as nobody else holds them just now. */
export interface LanesFound {
  readonly free: ReadonlySet<string>;
  readonly known: ReadonlySet<string>;
}

/** The links of a plan: what is left, and what became of it. */
export class LinkRepository {
  constructor(private readonly keyring: Keyring) {}

  /** The next links to be recorded; those that had to wait come after the others. */
  async next(tx: Tx, run: LeasedRun, most: number): Promise<PlannedLink[]> {
    const rows = await tx.query<LinkRow>(
      `SELECT i.no, i.user_id AS "userId", i.employee_id AS "employeeId", i.reference, i.tries,
              e.account_id AS "accountId", p.collected AS person, e.collected AS employee
         FROM run_item i JOIN run_person p USING (run_id, user_id) JOIN run_employee e USING (run_id, employee_id)
        WHERE i.run_id = $1 AND i.state = 'pending' AND i.planned = 'link' AND i.ticked
        ORDER BY i.tries, i.no LIMIT $2`,
      [run.id, most],
    );
    return rows.map(({ person, employee, ...row }) => ({
      ...row,
      values: this.open<HumaValues>(person, personContext(run.id, row.userId)),
      shown: this.open<ShownValues>(employee, employeeContext(run.id, row.employeeId)),
    }));
  }

  /** Locks lanes without ever waiting for one, so that it cannot stand in anybody's way. */
  async lanes(tx: Tx, run: LeasedRun, userIds: readonly string[]): Promise<LanesFound> {
    const ids = async (lock: string): Promise<Set<string>> => {
      const sql = `SELECT user_id AS id FROM lane WHERE connection_id = $1 AND user_id = ANY ($2::uuid[]) ${lock}`;
      const rows = await tx.query<{ id: string }>(sql, [run.connectionId, userIds]);
      return new Set(rows.map(({ id }) => id));
    };
    return { free: await ids('ORDER BY user_id FOR UPDATE SKIP LOCKED'), known: await ids('') };
  }

  /** Who is linked to each of these employees now. */
  async holders(tx: Tx, run: LeasedRun, employeeIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await tx.query<{ employeeId: string; userId: string }>(
      `SELECT linked_employee AS "employeeId", user_id AS "userId" FROM lane
        WHERE connection_id = $1 AND linked_employee = ANY ($2::bigint[])`,
      [run.connectionId, employeeIds],
    );
    return new Map(rows.map(({ employeeId, userId }) => [employeeId, userId]));
  }

  /** What the lanes do next is because of the run. */
  async causedBy(tx: Tx, run: LeasedRun, cause: string, userIds: readonly string[]): Promise<void> {
    await tx.query('UPDATE lane SET cause = $3, trace = NULL WHERE connection_id = $1 AND user_id = ANY ($2::uuid[])', [
      run.connectionId,
      userIds,
      cause,
    ]);
  }

  async save(tx: Tx, run: LeasedRun, results: readonly ItemResult[]): Promise<void> {
    await tx.query(
      `UPDATE run_item i SET state = r.state, reason = r.reason, tries = i.tries + 1
         FROM unnest($2::int[], $3::text[], $4::text[]) AS r (no, state, reason)
        WHERE i.run_id = $1 AND i.no = r.no`,
      [run.id, results.map((r) => r.no), results.map((r) => r.state), results.map((r) => r.reason)],
    );
  }

  /** What the run would do, with the version of the person that was reviewed. */
  async plan(tx: Tx, runId: string): Promise<PlanItem[]> {
    return tx.query<PlanItem>(
      `SELECT i.planned AS kind, i.user_id AS "userId", i.employee_id AS "employeeId", p.version
         FROM run_item i LEFT JOIN run_person p USING (run_id, user_id)
        WHERE i.run_id = $1 AND i.ticked AND i.planned <> 'none'`,
      [runId],
    );
  }

  private open<T>(sealed: Buffer, context: string): T {
    return JSON.parse(this.keyring.open(sealed, context).toString('utf8')) as T;
  }
}
