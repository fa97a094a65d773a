import type { Keyring, Tx } from '@huma-poweroffice/platform';
import type { Int64 } from '@huma-poweroffice/poweroffice';
import type { HumaValues } from '@huma-poweroffice/sync-rules';
import { withAccount } from './collected-employee.js';
import type { CollectionRepository } from './collection-repository.js';
import { canonicalProof, type PlanItem } from './plan.js';
import type { ItemKind, LinkProof, Proofs } from './proof.js';
import type { EmployeeValues, ItemState, LeasedRun, PlannedLink } from './run.js';
import { employeeContext, personContext, proofContext } from './sealing.js';

interface LinkRow extends Pick<PlannedLink, 'no' | 'userId' | 'employeeId' | 'tries'> {
  readonly proof: Buffer;
  readonly person: Buffer;
  readonly employee: Buffer;
  readonly account: Buffer | null;
  readonly accountId: string | null;
}

interface PlanRow {
  readonly no: number;
  readonly kind: ItemKind;
  readonly userId: string | null;
  readonly employeeId: string | null;
  readonly version: string | null;
  readonly proof: Buffer;
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
  constructor(
    private readonly keyring: Keyring,
    private readonly collection: Pick<CollectionRepository, 'accounts'>,
  ) {}

  /** The employees of all links that are left. */
  async employeesLeft(database: Pick<Tx, 'query'>, run: LeasedRun): Promise<Set<Int64>> {
    const rows = await database.query<{ id: Int64 }>(
      `SELECT employee_id AS id FROM run_item
        WHERE run_id = $1 AND state = 'pending' AND planned = 'link' AND ticked`,
      [run.id],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** The next links to be recorded; those that had to wait come after the others. */
  async next(tx: Tx, run: LeasedRun, most: number): Promise<PlannedLink[]> {
    const rows = await tx.query<LinkRow>(
      `SELECT i.no, i.user_id AS "userId", i.employee_id AS "employeeId", i.tries, i.proof, p.collected AS person,
              coalesce(e.seen_again, e.collected) AS employee
         FROM run_item i JOIN run_person p USING (run_id, user_id) JOIN run_employee e USING (run_id, employee_id)
        WHERE i.run_id = $1 AND i.state = 'pending' AND i.planned = 'link' AND i.ticked
        ORDER BY i.tries, i.no LIMIT $2`,
      [run.id, most],
    );
    const opened = rows.map(({ no, userId, employeeId, tries, proof, person, employee }) => ({
      ...{ kind: 'link' as const, no, userId, employeeId, tries },
      proof: this.open<LinkProof>(proof, proofContext(run.id, no)),
      values: this.open<HumaValues>(person, personContext(run.id, userId)),
      employee: this.open<EmployeeValues>(employee, employeeContext(run.id, employeeId)),
    }));
    const accounts = await this.collection.accounts(
      tx,
      run,
      opened.flatMap(({ employee }) => employee.accountId ?? []),
    );
    return opened.map(({ employee, ...link }) => {
      const { accountId } = employee;
      const account = accountId === null ? null : accounts.get(accountId);
      const isTheirs = account?.contactId === link.employeeId;
      return { ...link, accountId, shown: withAccount(employee, isTheirs ? account : null) };
    });
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

  /** What the run would do: the version of the person that was reviewed, and the evidence that it is planned by. */
  async plan(tx: Tx, runId: string): Promise<PlanItem[]> {
    const rows = await tx.query<PlanRow>(
      `SELECT i.no, i.planned AS kind, i.user_id AS "userId", i.employee_id AS "employeeId", p.version, i.proof
         FROM run_item i LEFT JOIN run_person p USING (run_id, user_id)
        WHERE i.run_id = $1 AND i.ticked AND i.planned <> 'none'`,
      [runId],
    );
    return rows.map(({ no, proof, ...item }) => ({
      ...item,
      proof: canonicalProof(this.open<Proofs[ItemKind]>(proof, proofContext(runId, no))),
    }));
  }

  private open<T>(sealed: Buffer, context: string): T {
    return JSON.parse(this.keyring.open(sealed, context).toString('utf8')) as T;
  }
}
