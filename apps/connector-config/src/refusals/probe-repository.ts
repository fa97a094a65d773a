import type { Database, Tx } from '@huma-poweroffice/platform';

/** A probe that the caller has claimed and must make. */
export interface ClaimedProbe {
  readonly connectionId: string;
  /** The number of consecutive probes that changed nothing. */
  readonly tries: number;
  /** A fencing token: the claim has ended if another probe was requested meanwhile. */
  readonly claim: string;
}

/**
 * The schedule of probes, shared by all replicas and timed by the database's clock. There is a row for each connection
 * that is held, that has something waiting for a privilege, or that must be probed later because the last probe was too
 * recent or not answered. Connections without a row cost nothing.
 */
export class ProbeRepository {
  constructor(private readonly database: Database) {}

  /** Schedules the first probe of a connection that the system has just held. */
  async hold(tx: Tx, connectionId: string, inMs: number): Promise<void> {
    await tx.query(
      `INSERT INTO probe (connection_id, due_at) VALUES ($1, clock_timestamp() + $2 * interval '1 ms')
       ON CONFLICT (connection_id) DO UPDATE SET due_at = excluded.due_at, tries = 0`,
      [connectionId, inMs],
    );
  }
  /** Removes the connection from the schedule. */
  async remove(tx: Tx, connectionId: string): Promise<void> {
    await tx.query('DELETE FROM probe WHERE connection_id = $1', [connectionId]);
  }
  /** Ends the wait for a privilege because the privileges have changed. Callers that still wait report again. */
  async endWait(tx: Tx, connectionId: string): Promise<void> {
    await tx.query('UPDATE probe SET awaited_until = NULL WHERE connection_id = $1', [connectionId]);
  }

  /** Schedules a probe within that time, unless an earlier one is due. */
  async within(connectionId: string, ms: number): Promise<void> {
    await this.database.query(
      `INSERT INTO probe (connection_id, due_at) VALUES ($1, clock_timestamp() + $2 * interval '1 ms')
       ON CONFLICT (connection_id) DO UPDATE SET due_at = least(probe.due_at, excluded.due_at)`,
      [connectionId, ms],
    );
  }

  /**
   * Something waits for a privilege of the connection. The wait expires after `forMs` unless it is reported again. The
   * first probe is due `notWithinMs` after the last one; repeating the report does not move it.
   */
  async await(connectionId: string, forMs: number, notWithinMs: number): Promise<void> {
    await this.database.query(
      `INSERT INTO probe (connection_id, due_at, awaited_until)
       SELECT connection_id, greatest(clock_timestamp(), probed_at + $3 * interval '1 ms'),
              clock_timestamp() + $2 * interval '1 ms'
         FROM connection WHERE connection_id = $1
       ON CONFLICT (connection_id) DO UPDATE SET awaited_until = excluded.awaited_until,
               due_at = CASE WHEN probe.awaited_until IS NULL THEN least(probe.due_at, excluded.due_at)
                             ELSE probe.due_at END`,
      [connectionId, forMs, notWithinMs],
    );
  }

  /**
   * Makes the connection's probe due at once and restarts its intervals, because a person opened the connection or its
   * state changed. Does nothing if the connection has no row, or if this happened within `notWithinMs` before.
   * @returns whether a probe is due now
   */
  async hasten(connectionId: string, notWithinMs: number): Promise<boolean> {
    const hastened = await this.database.query(
      `UPDATE probe SET due_at = clock_timestamp(), tries = 0, hastened_at = clock_timestamp()
        WHERE connection_id = $1 AND hastened_at < clock_timestamp() - $2 * interval '1 ms' RETURNING 1`,
      [connectionId, notWithinMs],
    );
    return hastened.length > 0;
  }

  /**
   * Claims the probe that has been due for the longest time. Over all replicas there are at least `paceMs` between two
   * claims. A claim that is not settled expires after `leaseMs`.
   */
  async claim(paceMs: number, leaseMs: number): Promise<ClaimedProbe | null> {
    return this.database.transaction(async (tx) => {
      const turn = await tx.query('SELECT 1 FROM probe_pace WHERE next_at <= clock_timestamp() FOR UPDATE SKIP LOCKED');
      if (turn.length === 0) return null;
      const [row] = await tx.query<{ connection_id: string; tries: number; claim: string }>(
        `UPDATE probe SET due_at = clock_timestamp() + $1 * interval '1 ms' WHERE connection_id = (
           SELECT connection_id FROM probe WHERE due_at <= clock_timestamp()
            ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING connection_id, tries, due_at::text AS claim`,
        [leaseMs],
      );
      if (!row) return null;
      await tx.query(`UPDATE probe_pace SET next_at = clock_timestamp() + $1 * interval '1 ms'`, [paceMs]);
      await tx.query('UPDATE connection SET probed_at = clock_timestamp() WHERE connection_id = $1', [
        row.connection_id,
      ]);
      return { connectionId: row.connection_id, tries: row.tries, claim: row.claim };
    });
  }

  /** Whether something waits for a privilege of the connection. */
  async isAwaited(connectionId: string): Promise<boolean> {
    const rows = await this.database.query(
      'SELECT 1 FROM probe WHERE connection_id = $1 AND awaited_until > clock_timestamp()',
      [connectionId],
    );
    return rows.length > 0;
  }

  /** Schedules the next probe of the claimed connection, or none if it is null. Does nothing if the claim has ended. */
  async settle({ connectionId, claim }: ClaimedProbe, tries: number, inMs: number | null): Promise<void> {
    if (inMs === null) {
      await this.database.query(
        `DELETE FROM probe WHERE connection_id = $1 AND due_at = $2::timestamptz
            AND (awaited_until IS NULL OR awaited_until <= clock_timestamp())`,
        [connectionId, claim],
      );
      return;
    }
    await this.database.query(
      `UPDATE probe SET due_at = clock_timestamp() + $3 * interval '1 ms', tries = $4
        WHERE connection_id = $1 AND due_at = $2::timestamptz`,
      [connectionId, claim, inMs, tries],
    );
  }

  /** The time in milliseconds until a probe can be claimed; null if none is scheduled. */
  async nextInMs(): Promise<number | null> {
    const [row] = await this.database.query<{ ms: number | null }>(
      `SELECT (extract(epoch FROM greatest((SELECT next_at FROM probe_pace), due_at) - clock_timestamp()) * 1000)::float8
              AS ms
         FROM probe ORDER BY due_at LIMIT 1`,
    );
    return row?.ms ?? null;
  }

  /** Records that PowerOffice's API refused a fresh token of the connection. */
  async tokenRefused(connectionId: string): Promise<void> {
    await this.database.query(
      `INSERT INTO token_refusal VALUES ($1, clock_timestamp())
       ON CONFLICT (connection_id) DO UPDATE SET at = excluded.at`,
      [connectionId],
    );
  }
  /** The other connections for which the same was recorded within that time. */
  async tokensRefusedOfOthers(connectionId: string, withinMs: number): Promise<string[]> {
    const rows = await this.database.query<{ connection_id: string }>(
      `SELECT connection_id FROM token_refusal
        WHERE at > clock_timestamp() - $2 * interval '1 ms' AND connection_id <> $1 ORDER BY at DESC LIMIT 100`,
      [connectionId, withinMs],
    );
    return rows.map((row) => row.connection_id);
  }
}
