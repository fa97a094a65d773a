import { randomUUID } from 'node:crypto';
import type { Database, Tx } from '@huma-poweroffice/platform';
import type { AuditRepository } from '../audit/audit-repository.js';
import type { LinkRepository } from './link-repository.js';
import { planHash, type Plan } from './plan.js';
import type { PlannedKind, Run } from './run.js';
import { runColumns } from './run-repository.js';
import { statesBefore, type RunState } from './run-states.js';

/** What a connection's row says to whoever wants to run it. */
export interface RunnableConnection {
  readonly state: string;
  readonly clientId: string;
}

export interface NewRun {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly clientId: string;
  readonly begunBy: string;
  readonly idempotencyKey: string | null;
}

/** What is planned for a person, as a decision finds it. */
export interface DecidableItem {
  readonly no: number;
  readonly employeeId: string | null;
  readonly planned: PlannedKind;
  readonly ticked: boolean;
  /** Counts on with every decision. */
  readonly version: number;
}

/** What a person decides of another. */
export interface Decision {
  readonly userId: string;
  readonly link: boolean;
  readonly by: string;
}

/** What people ask of runs, each in one transaction that holds the run. */
export class RunRequestsRepository {
  constructor(
    private readonly database: Database,
    private readonly links: LinkRepository,
    private readonly audit: AuditRepository,
  ) {}

  async connection(organizationId: string, connectionId: string): Promise<RunnableConnection | null> {
    const [connection] = await this.database.query<RunnableConnection>(
      `SELECT state, client_id AS "clientId" FROM connection WHERE connection_id = $1 AND organization_id = $2`,
      [connectionId, organizationId],
    );
    return connection ?? null;
  }

  /** @returns null when the key was used before, or another run of the connection is not finished */
  async insert(run: NewRun): Promise<string | null> {
    const [inserted] = await this.database.query<{ id: string }>(
      `INSERT INTO run (id, organization_id, connection_id, client_id, state, begun_by, idempotency_key)
       VALUES ($1, $2, $3, $4, 'collecting', $5, $6) ON CONFLICT DO NOTHING RETURNING id`,
      [randomUUID(), run.organizationId, run.connectionId, run.clientId, run.begunBy, run.idempotencyKey],
    );
    return inserted?.id ?? null;
  }

  /** In how many seconds another run may begin, where too many were begun within a day; null: now. */
  async secondsUntilNext(connectionId: string, most: number): Promise<number | null> {
    const [oldest] = await this.database.query<{ seconds: number }>(
      `SELECT ceil(extract(epoch FROM begun_at + interval '1 day' - clock_timestamp()))::int AS seconds FROM run
        WHERE connection_id = $1 AND begun_at > clock_timestamp() - interval '1 day'
        ORDER BY begun_at DESC OFFSET $2 LIMIT 1`,
      [connectionId, most - 1],
    );
    return oldest?.seconds ?? null;
  }

  async begunWith(connectionId: string, idempotencyKey: string | null): Promise<string | null> {
    const [run] = await this.database.query<{ id: string }>(
      'SELECT id FROM run WHERE connection_id = $1 AND idempotency_key = $2',
      [connectionId, idempotencyKey],
    );
    return run?.id ?? null;
  }

  async unfinished(connectionId: string): Promise<string | null> {
    const [run] = await this.database.query<{ id: string }>(
      `SELECT id FROM run WHERE connection_id = $1 AND state IN ('collecting', 'review', 'executing')`,
      [connectionId],
    );
    return run?.id ?? null;
  }

  /** Runs the function with the run held; null when there is none in the organisation. */
  async holding<T>(organizationId: string, runId: string, work: (tx: Tx, run: Run) => Promise<T>): Promise<T | null> {
    return this.database.transaction(async (tx) => {
      const [run] = await tx.query<Run>(
        `SELECT ${runColumns} FROM run WHERE id = $1 AND organization_id = $2 FOR UPDATE`,
        [runId, organizationId],
      );
      return run ? work(tx, run) : null;
    });
  }

  /** What is planned for a person, locked until the transaction ends; null: the run knows nobody of that id. */
  async decidable(tx: Tx, runId: string, userId: string): Promise<DecidableItem | null> {
    const [item] = await tx.query<DecidableItem>(
      `SELECT no, employee_id AS "employeeId", planned, ticked, version FROM run_item
        WHERE run_id = $1 AND user_id = $2 FOR UPDATE`,
      [runId, userId],
    );
    return item ?? null;
  }

  /** Saves what a person decided; the audit says who. @returns the item's new version */
  async decide(tx: Tx, run: Run, item: DecidableItem, decision: Decision): Promise<number> {
    const { userId, link, by } = decision;
    const [saved] = await tx.query<{ version: number }>(
      `UPDATE run_item SET ticked = $3, version = version + 1, decided_by = $4, decided_at = clock_timestamp()
        WHERE run_id = $1 AND no = $2 RETURNING version`,
      [run.id, item.no, link, by],
    );
    const { organizationId, connectionId } = run;
    await this.audit.append(tx, [
      {
        ...{
          organizationId,
          connectionId,
          userId,
          employeeId: item.employeeId,
          attemptId: null,
          call: null,
          changes: [],
        },
        cause: `decision by ${by} in run ${run.id}`,
        result: link ? 'link-ticked' : 'link-unticked',
      },
    ]);
    return saved?.version ?? item.version;
  }

  /** What the run would do as it is now. */
  async planNow(tx: Tx, runId: string): Promise<Omit<Plan, 'planId'>> {
    const items = await this.links.plan(tx, runId);
    return { planHash: planHash(items), links: items.filter(({ kind }) => kind === 'link').length };
  }

  /** The same plan keeps its id. */
  async savePlan(tx: Tx, run: Run, plan: Omit<Plan, 'planId'>): Promise<Plan> {
    const planId = run.planHash === plan.planHash && run.planId !== null ? run.planId : randomUUID();
    await tx.query('UPDATE run SET plan_id = $2, plan_hash = $3, planned = $4 WHERE id = $1', [
      run.id,
      planId,
      plan.planHash,
      plan.links,
    ]);
    return { ...plan, planId };
  }

  /** @returns whether it was allowed from the state in which the run is */
  async move(tx: Tx, runId: string, to: RunState, by: string): Promise<boolean> {
    const moved = await tx.query(
      `UPDATE run SET state = $2, failures = 0, not_before = NULL, waits_for = NULL,
              executing_at = CASE WHEN $2 = 'executing' THEN clock_timestamp() ELSE executing_at END,
              executed_by = CASE WHEN $2 = 'executing' THEN $3 ELSE executed_by END,
              cancelled_by = CASE WHEN $2 = 'cancelled' THEN $3 ELSE cancelled_by END,
              finished_at = CASE WHEN $2 = 'cancelled' THEN clock_timestamp() ELSE finished_at END
        WHERE id = $1 AND state = ANY ($4::text[]) RETURNING 1`,
      [runId, to, by, statesBefore(to)],
    );
    return moved.length > 0;
  }
}
