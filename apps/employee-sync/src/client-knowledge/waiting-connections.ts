import type { Database } from '@huma-poweroffice/platform';

/**
 * A query for the connections that have lanes of a partial index. The index is read once per connection, not once per lane:
 * of one connection a hundred thousand may wait.
 * @param predicate of the index, whose first column is `connection_id`
 */
export const connectionsWith = (predicate: string): string => `
  WITH RECURSIVE waiting (connection_id) AS (
    (SELECT l.connection_id FROM lane l WHERE ${predicate} ORDER BY l.connection_id LIMIT 1)
    UNION ALL
    SELECT (SELECT l.connection_id FROM lane l
             WHERE l.connection_id > w.connection_id AND ${predicate} ORDER BY l.connection_id LIMIT 1)
      FROM waiting w WHERE w.connection_id IS NOT NULL
  ) SELECT connection_id FROM waiting WHERE connection_id IS NOT NULL`;

export const waitsForSeries = "l.waits_for <> '{}' AND l.waits_for && ARRAY['number-series']";
const waitsForPrivilege = "l.waits_for <> '{}' AND l.waits_for && ARRAY['privilege']";

/** Twice within the day after which connector-config forgets that somebody waits. */
const SWEEP_HOURS = 10;

/** Connections where something waits for a privilege, to be reported from time to time by one of several replicas. */
export class PrivilegeWaits {
  constructor(private readonly database: Database) {}

  /** Claims the sweep for this process. @returns connections; none when it is not time for it */
  async claimSweep(): Promise<string[]> {
    const claimed = await this.database.query(
      `INSERT INTO upkeep AS u (name, next_at) VALUES ('privilege-waits', clock_timestamp() + $1 * interval '1 hour')
       ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at WHERE u.next_at <= clock_timestamp() RETURNING 1`,
      [SWEEP_HOURS],
    );
    if (claimed.length === 0) return [];
    const rows = await this.database.query<{ connectionId: string }>(
      `SELECT w.connection_id AS "connectionId" FROM (${connectionsWith(waitsForPrivilege)}) w
         JOIN connection c USING (connection_id) WHERE c.state = 'active'`,
    );
    return rows.map(({ connectionId }) => connectionId);
  }
}
