import type { Keyring, Tx } from '@huma-poweroffice/platform';
import type { WaitsFor } from '@huma-poweroffice/sync-rules';
import { announceLanes } from './lane-channel.js';
import { becomesDue } from './make-due.js';
import {
  laneColumns,
  LOOK,
  openLane,
  type LaneColumns,
  type LaneRow,
  type LaneToSave,
  type StoredLane,
} from './lane-codec.js';

const columns = `l.connection_id AS "connectionId", l.user_id AS "userId", l.class, l.due, l.asked,
  l.is_new AS "isNew", l.judge_first AS "judgeFirst", l.in_scope AS "inScope", l.cause, l.trace, l.state,
  (extract(epoch FROM clock_timestamp() - l.waiting_since) * 1000)::float8 AS "waitedMs"`;

/** A lane whose state the keys that are known do not open. */
export interface UnopenedLane {
  readonly userId: string;
  readonly error: unknown;
}

/** Lanes that something can be done for now, locked. */
export interface DueLanes {
  readonly lanes: readonly StoredLane[];
  readonly unopened: readonly UnopenedLane[];
}

/** Lanes: locked, opened, saved. Which connection has its turn is found by {@link TurnRepository}. */
export class LaneRepository {
  constructor(private readonly keyring: Keyring) {}

  /**
   * Locks lanes that something can be done for now, the best first; those that others hold are passed over. As of the
   * transaction's beginning: a clock that moves cannot be looked up in an index, and thousands may wait for their retry.
   * @param worstClass the last class that is taken
   */
  async lockDue(tx: Tx, connectionId: string, most: number, worstClass = LOOK): Promise<DueLanes> {
    const rows = await tx.query<LaneRow>(
      `SELECT ${columns} FROM lane l
        WHERE l.connection_id = $1 AND l.class <= $3 AND l.wake_at <= now()
        ORDER BY l.class, l.wake_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
      [connectionId, most, worstClass],
    );
    const lanes: StoredLane[] = [];
    const unopened: UnopenedLane[] = [];
    for (const row of rows) {
      // One lane that cannot be opened holds only itself.
      try {
        lanes.push(openLane(row, this.keyring));
      } catch (error) {
        unopened.push({ userId: row.userId, error });
      }
    }
    return { lanes, unopened };
  }

  /** Blocks lanes whose state cannot be opened, without touching the state; they are looked at again after an hour. */
  async parkUnopened(tx: Tx, connectionId: string, userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    await tx.query(
      `UPDATE lane SET blocked_reason = 'internal-error', retrying = true, wake_at = now() + interval '1 hour'
        WHERE connection_id = $1 AND user_id = ANY ($2::uuid[])`,
      [connectionId, userIds],
    );
  }

  /** Another version of the program may have mended its mistakes: whom one of them blocked is looked at. */
  async retryInternalErrors(tx: Tx): Promise<void> {
    await tx.query(
      `UPDATE lane SET ${becomesDue('program', "'the program was started'")} WHERE blocked_reason = 'internal-error'`,
    );
    await announceLanes(tx);
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
      of('judgeFirst'),
      of('wakeAt'),
      of('state'),
      of('linkedEmployee'),
      of('attemptKind'),
      of('attemptOutcome'),
      of('attemptEmail'),
      of('attemptSettlesAt'),
      of('retrying'),
      of('blockedReason'),
      of('refused').map(list),
      of('waitsFor').map(list),
      of('shownHashes'),
    ]);
  }

  /** Has a person looked at now, before all others, also what was refused or blocked. @returns false: there is no lane */
  async ask(tx: Tx, connectionId: string, userId: string, cause: string): Promise<boolean> {
    const asked = await tx.query(
      `UPDATE lane SET ${becomesDue('person', '$3')}, trace = NULL WHERE connection_id = $1 AND user_id = $2 RETURNING 1`,
      [connectionId, userId, cause],
    );
    await announceLanes(tx);
    return asked.length > 0;
  }

  /** Makes the lanes of a connection due that wait for something which has ended, except the one of `exceptUserId`. */
  async endWait(
    tx: Tx,
    connectionId: string,
    wait: WaitsFor,
    cause: string,
    exceptUserId: string | null = null,
  ): Promise<void> {
    await tx.query(
      `UPDATE lane SET ${becomesDue(wait, '$4')}
        WHERE connection_id = $1 AND waits_for <> '{}' AND waits_for && ARRAY[$2::text]
          AND ($3::uuid IS NULL OR user_id <> $3::uuid)`,
      [connectionId, wait, exceptUserId, cause],
    );
    await announceLanes(tx);
  }

  /**
   * PowerOffice answers again, after an outage of one connection or of all: nobody waits out a pause because of it. Whoever is
   * asked for something else too is tried at once with all of it.
   */
  async powerOfficeIsBack(tx: Tx, connectionId: string | null): Promise<void> {
    await tx.query(
      `UPDATE lane SET wake_at = now(),
                asked = CASE WHEN asked IS NULL OR asked = 'poweroffice' THEN 'poweroffice' ELSE 'person' END
        WHERE retrying AND wake_at > now() AND ($1::uuid IS NULL OR connection_id = $1)
          AND (attempt_kind IS NULL OR attempt_outcome = 'unknown')`,
      [connectionId],
    );
    await announceLanes(tx);
  }

  /** An attempt that carried an email is settled: who waits to be created with it does not wait any longer. */
  async emailIsSettled(tx: Tx, connectionId: string): Promise<void> {
    await tx.query(
      `UPDATE lane SET asked = coalesce(asked, 'freed-email'), wake_at = now()
        WHERE connection_id = $1 AND is_new AND due AND retrying AND linked_employee IS NULL AND attempt_kind IS NULL`,
      [connectionId],
    );
    await announceLanes(tx);
  }
}

const saveStatement = `
  UPDATE lane l
     SET class = s.class, due = s.due, asked = s.asked, is_new = s.is_new,
         wake_at = to_timestamp(s.wake_at / 1000.0), state = s.state, linked_employee = s.linked_employee,
         judge_first = s.judge_first, attempt_kind = s.attempt_kind, attempt_outcome = s.attempt_outcome,
         attempt_email = s.attempt_email, attempt_settles_at = to_timestamp(s.attempt_settles_at / 1000.0),
         retrying = s.retrying,
         blocked_reason = s.blocked_reason,
         refused = ARRAY(SELECT jsonb_array_elements_text(s.refused)),
         waits_for = ARRAY(SELECT jsonb_array_elements_text(s.waits_for)),
         shown_hashes = CASE WHEN s.shown_hashes IS NOT NULL THEN coalesce(l.shown_hashes, s.shown_hashes) END,
         waiting_since = CASE WHEN s.due OR s.attempt_kind IS NOT NULL THEN coalesce(l.waiting_since, now()) END
    FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::boolean[], $5::text[], $6::boolean[], $7::boolean[],
                $8::float8[], $9::bytea[], $10::bigint[], $11::text[], $12::text[], $13::text[], $14::float8[],
                $15::boolean[], $16::text[], $17::jsonb[], $18::jsonb[], $19::jsonb[])
         AS s (connection_id, user_id, class, due, asked, is_new, judge_first, wake_at, state, linked_employee,
               attempt_kind, attempt_outcome, attempt_email, attempt_settles_at, retrying, blocked_reason, refused,
               waits_for, shown_hashes)
   WHERE l.connection_id = s.connection_id AND l.user_id = s.user_id`;
