import type { Tx } from '@huma-poweroffice/platform';
import { LOOK } from './lane-codec.js';

/** A connection with something to do, and the best class that waits there. */
export interface Demand {
  readonly connectionId: string;
  readonly class: number;
}

/** Who has work now, in the order in which they are served, and when something becomes possible next. */
export interface Outlook {
  /** At the most {@link MOST_DEMANDS}, the first of all that have work. */
  readonly demands: readonly Demand[];
  /** Connections that were noted in vain: nothing is due there, or they are not active. To be settled. */
  readonly noted: readonly string[];
  /** There may be more than what was found. */
  readonly isPartial: boolean;
  /** Milliseconds from now until something is planned beside what was found; null: nothing is. */
  readonly nextInMs: number | null;
}

/** So many are found in one look. */
export const MOST_DEMANDS = 20;
/** Longer than whoever is edited again and again is without work in between. */
const FORGOTTEN_AFTER_SECONDS = 120;

/** Whose turn it is: the best class, then organisations by turns, then connections by turns within one. */
export class TurnRepository {
  /** @param without connections that nothing can be done for at the moment */
  async outlook(tx: Pick<Tx, 'query'>, without: readonly string[] = []): Promise<Outlook> {
    const rows = await tx.query<{
      connectionId: string | null;
      class: number;
      isDue: boolean;
      nextInMs: number | null;
    }>(outlookStatement, [without, MOST_DEMANDS]);
    const found = rows.flatMap(({ connectionId, class: best, isDue }) =>
      connectionId === null ? [] : [{ connectionId, class: best, isDue }],
    );
    const nextInMs = rows[0]?.nextInMs ?? null;
    return {
      demands: found
        .filter(({ isDue }) => isDue)
        .map(({ connectionId, class: best }) => ({ connectionId, class: best })),
      noted: found.filter(({ isDue }) => !isDue).map(({ connectionId }) => connectionId),
      isPartial: found.length === MOST_DEMANDS,
      nextInMs: nextInMs === null ? null : Math.ceil(nextInMs),
    };
  }

  /** Replaces what is noted of connections by what is true. It waits for nobody; what is being changed stays as it is. */
  async settle(tx: Pick<Tx, 'query'>, connectionIds: readonly string[]): Promise<void> {
    await tx.query('SELECT settle_wakes($1::uuid[])', [connectionIds]);
  }

  /** Notes that a connection had its turn, and its organisation, and what is left to do there. */
  async served(tx: Pick<Tx, 'query'>, connectionId: string): Promise<void> {
    await tx.query(
      `INSERT INTO turn AS t (id, served_at)
       SELECT o.id, clock_timestamp()
         FROM connection c CROSS JOIN LATERAL (VALUES (1, c.organization_id), (2, c.connection_id)) AS o (n, id)
        WHERE c.connection_id = $1 ORDER BY o.n
       ON CONFLICT (id) DO UPDATE SET served_at = excluded.served_at`,
      [connectionId],
    );
    await this.settle(tx, [connectionId]);
  }

  /**
   * Forgets turns of whoever has nothing to do and was served some time ago, as if that had been at the beginning of time:
   * a look reads all turns. Who still has something to do keeps the place behind those who were served before.
   */
  async tidy(tx: Pick<Tx, 'query'>): Promise<void> {
    await tx.query(
      `DELETE FROM turn d
        WHERE d.id = ANY (ARRAY(
          SELECT t.id FROM turn t
           WHERE t.served_at < clock_timestamp() - $1 * interval '1 second'
             AND t.id NOT IN (SELECT connection_id FROM connection_wake UNION ALL SELECT organization_id FROM connection_wake)
             FOR UPDATE SKIP LOCKED))`,
      [FORGOTTEN_AFTER_SECONDS],
    );
  }
}

const look = String(LOOK);

const order = 'class, organization_served_at NULLS FIRST, organization_id, served_at NULLS FIRST, connection_id';

// Only what wakes is touched, however many connections there are. What is noted may be noted in vain: of the first ones it
// is looked up in the lanes themselves. Looks are found only while their share of the budget has something left.
const outlookStatement = `
  WITH share AS MATERIALIZED (
    SELECT next_at FROM looks_share
  ), awake AS (
    SELECT w.connection_id, w.organization_id, min(w.class) AS class
      FROM connection_wake w
     WHERE w.class = ANY (CASE WHEN (SELECT next_at FROM share) <= statement_timestamp()
                               THEN '{0,1,2,3,${look}}' ELSE '{0,1,2,3}' END::smallint[])
       AND w.wake_at <= statement_timestamp() AND w.connection_id <> ALL ($1::uuid[])
     GROUP BY w.connection_id, w.organization_id
  ), first AS MATERIALIZED (
    SELECT a.connection_id, a.class, a.organization_id, o.served_at AS organization_served_at, c.served_at
      FROM awake a
      LEFT JOIN turn o ON o.id = a.organization_id
      LEFT JOIN turn c ON c.id = a.connection_id
     ORDER BY ${order} LIMIT $2
  ), next AS (
    SELECT least(
             (SELECT min(n.wake_at) FROM generate_series(0, ${look}) AS k (class)
               CROSS JOIN LATERAL (SELECT min(w.wake_at) AS wake_at FROM connection_wake w
                                    WHERE w.class = k.class AND w.wake_at > statement_timestamp()) n),
             (SELECT s.next_at FROM share s
               WHERE s.next_at > statement_timestamp()
                 AND EXISTS (SELECT 1 FROM connection_wake w
                              WHERE w.class = ${look} AND w.wake_at <= statement_timestamp()))) AS at
  )
  SELECT f.connection_id AS "connectionId", f.class, d.due AS "isDue",
         CASE WHEN n.at IS NOT NULL THEN greatest(0, extract(epoch FROM n.at - clock_timestamp()) * 1000) END::float8 AS "nextInMs"
    FROM next n
    LEFT JOIN (first f
               CROSS JOIN LATERAL (
                 SELECT EXISTS (SELECT 1 FROM connection c WHERE c.connection_id = f.connection_id AND c.state = 'active')
                    AND coalesce((SELECT min(l.wake_at) FROM lane l
                                   WHERE l.connection_id = f.connection_id AND l.class = f.class)
                                 <= statement_timestamp(), false) AS due) d) ON true
   ORDER BY ${order}`;
