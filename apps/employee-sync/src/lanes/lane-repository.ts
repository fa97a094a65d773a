import type { Keyring, Tx } from '@huma-poweroffice/platform';
import { announceLanes } from './lane-channel.js';
import {
  laneColumns,
  openLane,
  type LaneColumns,
  type LaneRow,
  type LaneToSave,
  type StoredLane,
} from './lane-codec.js';

const columns = `l.connection_id AS "connectionId", l.user_id AS "userId", l.class, l.due, l.asked,
  l.is_new AS "isNew", l.in_scope AS "inScope", l.cause, l.trace, l.state,
  (extract(epoch FROM clock_timestamp() - l.waiting_since) * 1000)::float8 AS "waitedMs"`;

/** A connection with something to do, and the best class that waits there. */
export interface Demand {
  readonly connectionId: string;
  readonly class: number;
}

/** When something becomes possible next, if nothing happens before. */
export interface Outlook {
  readonly demands: readonly Demand[];
  /** Milliseconds from now; null: nothing is planned. */
  readonly nextInMs: number | null;
}

/** Lanes: found in fair order, locked, opened, saved. */
export class LaneRepository {
  constructor(private readonly keyring: Keyring) {}

  /**
   * Active connections with lanes to do now, in the order in which they are served: the best class that waits, then who
   * was served longest ago.
   */
  async outlook(tx: Tx): Promise<Outlook> {
    const rows = await tx.query<{ connectionId: string; class: number; inMs: number }>(
      `SELECT c.connection_id AS "connectionId", best.class,
              greatest(0, extract(epoch FROM best.wake_at - clock_timestamp()) * 1000)::float8 AS "inMs"
         FROM connection c
        CROSS JOIN LATERAL (
          SELECT n AS class, (SELECT min(wake_at) FROM lane l WHERE l.connection_id = c.connection_id AND l.class = n) AS wake_at
            FROM generate_series(0, 3) AS n) best
        WHERE c.state = 'active' AND best.wake_at IS NOT NULL
        ORDER BY best.class, c.served_at`,
    );
    const now = rows.filter((row) => row.inMs <= 0);
    const later = rows.filter((row) => row.inMs > 0).map((row) => row.inMs);
    const seen = new Set<string>();
    const demands = now.filter((row) => !seen.has(row.connectionId) && seen.add(row.connectionId));
    return { demands, nextInMs: later.length === 0 ? null : Math.ceil(Math.min(...later)) };
  }

  /**
   * Locks lanes that something can be done for now, the best first; those that others hold are passed over. As of the
   * transaction's beginning: a clock that moves cannot be looked up in an index, and thousands may wait for their retry.
   */
  async lockDue(tx: Tx, connectionId: string, most: number): Promise<StoredLane[]> {
    return this.lanes(
      tx,
      `SELECT ${columns} FROM lane l
        WHERE l.connection_id = $1 AND l.wake_at <= now()
        ORDER BY l.class, l.wake_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
      [connectionId, most],
    );
  }

  async lock(tx: Tx, connectionId: string, userIds: readonly string[]): Promise<StoredLane[]> {
    return this.lanes(
      tx,
      `SELECT ${columns} FROM lane l WHERE l.connection_id = $1 AND l.user_id = ANY ($2::uuid[]) ORDER BY l.user_id FOR UPDATE`,
      [connectionId, userIds],
    );
  }

  /** A look without a lock. */
  async read(tx: Pick<Tx, 'query'>, connectionId: string, userId: string): Promise<StoredLane | null> {
    const sql = `SELECT ${columns} FROM lane l WHERE l.connection_id = $1 AND l.user_id = $2`;
    const [lane] = await this.lanes(tx, sql, [connectionId, userId]);
    return lane ?? null;
  }

  private async lanes(tx: Pick<Tx, 'query'>, sql: string, parameters: unknown[]): Promise<StoredLane[]> {
    const rows = await tx.query<LaneRow>(sql, parameters);
    return rows.map((row) => openLane(row, this.keyring));
  }

  async save(tx: Tx, connectionId: string, toSave: readonly LaneToSave[]): Promise<void> {
    if (toSave.length === 0) return;
    const lanes = toSave.map((lane) => laneColumns(connectionId, lane, this.keyring));
    const of = <K extends keyof LaneColumns>(key: K): LaneColumns[K][] => lanes.map((lane) => lane[key]);
    const list = (texts: readonly string[]): string => JSON.stringify(texts);
    await tx.query(saveStatement, [
      of('connectionId'),
      of('userId'),
      of('class'),
      of('due'),
      of('asked'),
      of('isNew'),
      of('wakeAt'),
      of('state'),
      of('linkedEmployee'),
      of('attemptKind'),
      of('attemptOutcome'),
      of('retrying'),
      of('blockedReason'),
      of('refused').map(list),
      of('waitsFor').map(list),
    ]);
  }

  /** Notes that a connection had its turn. */
  async served(tx: Pick<Tx, 'query'>, connectionId: string): Promise<void> {
    await tx.query('UPDATE connection SET served_at = clock_timestamp() WHERE connection_id = $1', [connectionId]);
  }

  /** Has a person looked at now, before all others, also what was refused or blocked. @returns false: there is no lane */
  async ask(tx: Tx, connectionId: string, userId: string, cause: string): Promise<boolean> {
    const asked = await tx.query(
      `UPDATE lane SET due = true, asked = 'person', class = 0, cause = $3, trace = NULL,
              wake_at = CASE WHEN attempt_kind IS NULL THEN now() ELSE wake_at END,
              waiting_since = coalesce(waiting_since, now())
        WHERE connection_id = $1 AND user_id = $2 RETURNING 1`,
      [connectionId, userId, cause],
    );
    await announceLanes(tx);
    return asked.length > 0;
  }

  /** 18. Somebody has another number: whoever was refused one that was taken may try again. */
  async numberWasRecorded(tx: Tx, connectionId: string, userId: string): Promise<void> {
    await tx.query(
      `UPDATE lane SET due = true, asked = coalesce(asked, 'number'), wake_at = coalesce(wake_at, now()),
              waiting_since = coalesce(waiting_since, now()), cause = 'a number was freed'
        WHERE connection_id = $1 AND user_id <> $2 AND waits_for <> '{}' AND waits_for && ARRAY['freed-number']`,
      [connectionId, userId],
    );
    await announceLanes(tx);
  }
}

const saveStatement = `
  UPDATE lane l
     SET class = s.class, due = s.due, asked = s.asked, is_new = s.is_new,
         wake_at = to_timestamp(s.wake_at / 1000.0), state = s.state, linked_employee = s.linked_employee,
         attempt_kind = s.attempt_kind, attempt_outcome = s.attempt_outcome, retrying = s.retrying,
         blocked_reason = s.blocked_reason,
         refused = ARRAY(SELECT jsonb_array_elements_text(s.refused)),
         waits_for = ARRAY(SELECT jsonb_array_elements_text(s.waits_for)),
         waiting_since = CASE WHEN s.due OR s.attempt_kind IS NOT NULL THEN coalesce(l.waiting_since, now()) END
    FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::boolean[], $5::text[], $6::boolean[], $7::float8[],
                $8::bytea[], $9::bigint[], $10::text[], $11::text[], $12::boolean[], $13::text[], $14::jsonb[],
                $15::jsonb[])
         AS s (connection_id, user_id, class, due, asked, is_new, wake_at, state, linked_employee, attempt_kind,
               attempt_outcome, retrying, blocked_reason, refused, waits_for)
   WHERE l.connection_id = s.connection_id AND l.user_id = s.user_id`;
