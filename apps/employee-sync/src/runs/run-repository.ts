import type { Database, Tx } from '@huma-poweroffice/platform';
import type { Situation } from '@huma-poweroffice/sync-rules';
import type { LeasedRun, Run, RunProblem, Stage } from './run.js';
import { statesBefore, type RunState } from './run-states.js';
import { LeaseLost } from './setback.js';

export const runColumns = `id, organization_id AS "organizationId", connection_id AS "connectionId",
  client_id AS "clientId", state, stage, begun_at AS "begunAt", begun_by AS "begunBy", waits_for AS "waitsFor",
  people_as_of AS "peopleAsOf", collected_at AS "collectedAt", counts, problems, plan_id AS "planId",
  plan_hash AS "planHash", planned, executing_at AS "executingAt", done, given_back AS "givenBack",
  settled_at AS "settledAt", finished_at AS "finishedAt", failure`;

/** The connection of a run as it is now. */
export interface ConnectionNow {
  readonly state: string;
  readonly clientId: string;
  readonly sendPositions: boolean;
}

/** Why a run is put off, and for how long. */
export interface PutOff {
  readonly code: string;
  readonly inMs: number;
  /** Whether the failure counts on from those before it, or begins a new count. */
  readonly inARow: boolean;
}

/** The newest stamps of both lists, in PowerOffice's own text; null: they bear none that can be used. */
export interface CollectedAsOf {
  readonly employeesNewest: string | null;
  readonly accountsNewest: string | null;
  /** The connection may see bank accounts. */
  readonly accountsKnown: boolean;
}

/** How many people whom the connection covers, and employees, there are. */
export interface Sizes {
  readonly people: number;
  readonly employees: number;
}

/** What a collect found out about the run as a whole. */
export interface Collected extends CollectedAsOf {
  readonly counts: { readonly [S in Situation]?: number };
  readonly problems: readonly RunProblem[];
  readonly sizes: Sizes;
}

/** How long a process may be silent before another one takes its run over. */
const LEASE_SECONDS = 30;
/** How often a run may be begun without coming to an end or to any progress that stays. */
const MOST_LEASES = 3;

/** Runs under way: who works on one, how far it is. Every write is fenced by the lease. */
export class RunRepository {
  constructor(
    private readonly database: Database,
    private readonly processId: string,
  ) {}

  /**
   * Takes the oldest run in that state on which nobody works. One that was taken several times and never came to an end,
   * because the process died with it each time, has failed.
   */
  async lease(state: 'collecting' | 'executing'): Promise<LeasedRun | null> {
    await this.database.query(
      `UPDATE run SET state = 'failed', failure = 'process-ended', finished_at = clock_timestamp(), leased_by = NULL,
              lease_until = NULL, waits_for = NULL
        WHERE state = $1 AND lease_until < clock_timestamp() AND leases >= $2`,
      [state, MOST_LEASES],
    );
    const [run] = await this.database.query<LeasedRun>(
      `UPDATE run SET leased_by = $2, lease_until = clock_timestamp() + $3 * interval '1 second', leases = leases + 1
        WHERE id = (SELECT id FROM run
                     WHERE state = $1 AND (lease_until IS NULL OR lease_until < clock_timestamp())
                       AND (not_before IS NULL OR not_before < clock_timestamp())
                     ORDER BY begun_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING id, organization_id AS "organizationId", connection_id AS "connectionId", client_id AS "clientId",
                 leased_by AS "leasedBy", waits_for AS "waitedFor", failures`,
      [state, this.processId, LEASE_SECONDS],
    );
    return run ?? null;
  }

  /** @returns whether the run is still held */
  async extend(run: LeasedRun): Promise<boolean> {
    const held = await this.database.query(
      `UPDATE run SET lease_until = clock_timestamp() + $3 * interval '1 second'
        WHERE id = $1 AND leased_by = $2 AND state IN ('collecting', 'executing') RETURNING 1`,
      [run.id, run.leasedBy, LEASE_SECONDS],
    );
    return held.length > 0;
  }

  /** Lets another process take the run, at once or after a while. */
  async release(run: LeasedRun, later: PutOff | null): Promise<void> {
    await this.database.query(
      `UPDATE run SET leased_by = NULL, lease_until = NULL, leases = 0, waits_for = $3,
              failures = CASE WHEN $3::text IS NULL THEN failures WHEN $5 THEN failures + 1 ELSE 1 END,
              not_before = clock_timestamp() + $4 * interval '1 ms'
        WHERE id = $1 AND leased_by = $2`,
      [run.id, run.leasedBy, later?.code ?? null, later?.inMs ?? 0, later?.inARow ?? true],
    );
  }

  /**
   * Holds the run for this transaction, so that neither a cancel nor another process comes between.
   * @throws LeaseLost when it is not this process's any more
   */
  async hold(tx: Tx, run: LeasedRun, state: RunState): Promise<ConnectionNow> {
    const [connection] = await tx.query<ConnectionNow>(
      `SELECT c.state, c.client_id AS "clientId", c.send_positions AS "sendPositions"
         FROM run r JOIN connection c USING (connection_id)
        WHERE r.id = $1 AND r.leased_by = $2 AND r.state = $3 FOR UPDATE OF r`,
      [run.id, run.leasedBy, state],
    );
    if (!connection) throw new LeaseLost();
    return connection;
  }

  async reached(tx: Tx, run: LeasedRun, stage: Stage): Promise<void> {
    await tx.query(
      `UPDATE run SET stage = $2, waits_for = NULL,
              people_as_of = CASE WHEN $2 = 'employees' THEN clock_timestamp() ELSE people_as_of END
        WHERE id = $1`,
      [run.id, stage],
    );
  }

  async collected(tx: Tx, run: LeasedRun, collected: Collected): Promise<void> {
    const { counts, problems, employeesNewest, accountsNewest, accountsKnown, sizes } = collected;
    await tx.query(
      `UPDATE run SET state = 'review', stage = 'collected', collected_at = clock_timestamp(), counts = $2,
              problems = $3, employees_newest = $4, accounts_newest = $5, accounts_known = $6, people_count = $7,
              employees_count = $8, leased_by = NULL, lease_until = NULL, leases = 0, failures = 0, waits_for = NULL
        WHERE id = $1 AND state = ANY ($9::text[])`,
      [
        run.id,
        JSON.stringify(counts),
        JSON.stringify(problems),
        employeesNewest,
        accountsNewest,
        accountsKnown,
        sizes.people,
        sizes.employees,
        statesBefore('review'),
      ],
    );
  }

  /** How many there were on either side in the run before this one; null: there was none in this client. */
  async sizesBefore(tx: Tx, run: LeasedRun): Promise<Sizes | null> {
    const [before] = await tx.query<Sizes>(
      `SELECT people_count AS people, employees_count AS employees FROM run
        WHERE connection_id = $1 AND client_id = $2 AND id <> $3 AND people_count IS NOT NULL
        ORDER BY collected_at DESC LIMIT 1`,
      [run.connectionId, run.clientId, run.id],
    );
    return before ?? null;
  }

  /** The database's clock, milliseconds since 1970. */
  async now(): Promise<number> {
    const [row] = await this.database.query<{ now: number }>(
      'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
    );
    return row?.now ?? 0;
  }

  /** By what changes since the collect are asked for. */
  async collectedAsOf(run: LeasedRun): Promise<CollectedAsOf> {
    const [asOf] = await this.database.query<CollectedAsOf>(
      `SELECT employees_newest AS "employeesNewest", accounts_newest AS "accountsNewest",
              accounts_known AS "accountsKnown"
         FROM run WHERE id = $1`,
      [run.id],
    );
    if (!asOf) throw new LeaseLost();
    return asOf;
  }

  async progressed(tx: Tx, run: LeasedRun, done: number, givenBack: number): Promise<void> {
    await tx.query(
      `UPDATE run SET done = done + $2, given_back = given_back + $3, leases = 0, failures = 0, waits_for = NULL WHERE id = $1`,
      [run.id, done, givenBack],
    );
  }

  /** Nothing is left to do: from here on it cannot be cancelled, only finished. */
  async settle(tx: Tx, run: LeasedRun): Promise<void> {
    await tx.query('UPDATE run SET settled_at = coalesce(settled_at, clock_timestamp()) WHERE id = $1', [run.id]);
  }

  async finish(run: LeasedRun, state: 'done' | 'failed', failure: string | null): Promise<void> {
    await this.database.query(
      `UPDATE run SET state = $3, failure = $4, finished_at = clock_timestamp(), leased_by = NULL, lease_until = NULL,
              waits_for = NULL
        WHERE id = $1 AND leased_by = $2 AND state = ANY ($5::text[])`,
      [run.id, run.leasedBy, state, failure, statesBefore(state)],
    );
  }

  async read(organizationId: string, runId: string): Promise<Run | null> {
    const [run] = await this.database.query<Run>(
      `SELECT ${runColumns} FROM run WHERE id = $1 AND organization_id = $2`,
      [runId, organizationId],
    );
    return run ?? null;
  }
}
