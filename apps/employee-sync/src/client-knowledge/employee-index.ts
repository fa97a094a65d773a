import { randomUUID } from 'node:crypto';
import { normalizeEmail } from '@huma-poweroffice/huma';
import type { Database, Tx } from '@huma-poweroffice/platform';
import type { Int64 } from '@huma-poweroffice/poweroffice';
import { dayBefore, newestStamp } from './changed-since.js';
import { holdClient, makeRoom } from './client-rows.js';
import { INDEX_FRESH_SECONDS } from './index-look.js';
import { removeUnseen, rowsOf, saveRows, type IndexPage } from './index-rows.js';
import { failurePauseMs, lookPauseMs, type ReadingFailure } from './pauses.js';
import type { Refresh, RefreshFor } from './refresh.js';
import { connectionsWith } from './waiting-connections.js';
import {
  mayEndByALook,
  wakeWhoCouldNotRead,
  wakeWhoIsBack,
  wakeWhoseEmailIsFree,
  wakeWhoWaitsForIndex,
} from './waiters.js';

/** An employee that we created, renamed or linked, as PowerOffice's answer to us shows it. */
export interface EnteredEmployee {
  readonly employeeId: Int64;
  /** In any spelling; null: none. */
  readonly email: string | null;
  readonly reference: string | null;
  readonly archived: boolean;
}

/** How long a refresh may be silent before another process may begin one: a permit and a page take their time. */
const SILENT_SECONDS = 150;
/** Employees that were deleted in PowerOffice are only found missing when everybody is read. */
const WHOLE_AFTER_HOURS = 24;
/** Rows that are written in one transaction, so that nobody waits long for it. */
const ROWS_AT_ONCE = 1000;

/**
 * The index of a client's employees by email, for the look before an automatic create (lane protocol, 10, 10a, 10b). A
 * refresh is one process's at a time, and is written page by page. What we create or rename ourselves is entered in the
 * transaction that records it, and outlives a refresh that may have read before it showed.
 */
export class EmployeeIndex {
  /** @param readLagMs the longest lag of a read behind a write */
  constructor(
    private readonly database: Database,
    private readonly readLagMs: number,
  ) {}

  /**
   * Claims the refresh of the index for this process; what is known of another client makes room.
   * @returns null when another process is at it, when it is too early for it, or when this is not the connection's client
   */
  async begin(connectionId: string, clientId: string, who: RefreshFor): Promise<Refresh | null> {
    return this.database.transaction(async (tx) => {
      if (!(await makeRoom(tx, connectionId, clientId))) return null;
      const id = randomUUID();
      const [row] = await tx.query<{ beganAt: string; isWhole: boolean; newest: string | null }>(
        `UPDATE client_knowledge
            SET refresh_id = $3, refreshing_until = clock_timestamp() + ${String(SILENT_SECONDS)} * interval '1 second',
                employees_refresh_newest = NULL
          WHERE connection_id = $1 AND client_id = $2
            AND (refreshing_until IS NULL OR refreshing_until < clock_timestamp())
            AND ($4 = 'asked' OR employees_retry_at IS NULL OR employees_retry_at <= clock_timestamp())
            AND ($4 <> 'newcomer' OR employees_as_of IS NULL
                 OR employees_as_of < clock_timestamp() - ${String(INDEX_FRESH_SECONDS)} * interval '1 second')
         RETURNING clock_timestamp()::text AS "beganAt", employees_newest AS newest,
                   (employees_whole_at IS NULL
                    OR employees_whole_at < clock_timestamp() - ${String(WHOLE_AFTER_HOURS)} * interval '1 hour') AS "isWhole"`,
        [connectionId, clientId, id, who],
      );
      if (!row) return null;
      const changedAfter = row.isWhole ? null : dayBefore(row.newest);
      return { id, connectionId, clientId, who, beganAt: row.beganAt, changedAfter };
    });
  }

  /** Saves what a page brought. @returns false when the refresh is not this process's any more: it has to stop */
  async savePage(refresh: Refresh, page: IndexPage): Promise<boolean> {
    const rows = rowsOf(page);
    const newest = newestStamp(page.items.map((employee) => employee.lastChangedDateTimeOffset));
    for (let from = 0; from === 0 || from < rows.length; from += ROWS_AT_ONCE) {
      const some = rows.slice(from, from + ROWS_AT_ONCE);
      const saved = await this.database.transaction(async (tx) => {
        const held = await this.hold(tx, refresh, newest);
        if (held) await saveRows(tx, refresh, some, this.readLagMs);
        return held;
      });
      if (!saved) return false;
    }
    return true;
  }

  /** All pages are saved, so the index is up to date. Wakes the lanes that waited for what it shows. */
  async end(refresh: Refresh): Promise<void> {
    const { connectionId, id } = refresh;
    if (!(await this.database.transaction((tx) => this.close(tx, refresh)))) return;
    // On its own: nothing of the index is held while lanes are waited for. What is lost here is woken by the next look.
    await this.database.transaction(async (tx) => {
      const woken =
        (await wakeWhoCouldNotRead(tx, connectionId)) +
        (await wakeWhoseEmailIsFree(tx, connectionId)) +
        (await wakeWhoIsBack(tx, connectionId, id));
      await this.planLook(tx, connectionId, refresh.who === 'waiting' && woken === 0);
      await wakeWhoWaitsForIndex(tx, connectionId);
    });
  }

  /** The employees could not be read. The next try is put off, and the lanes that wait are woken to see the reason. */
  async fail({ connectionId, id }: Refresh, reason: ReadingFailure): Promise<void> {
    await this.database.transaction(async (tx) => {
      const [state] = await tx.query<{ failures: number }>(
        `UPDATE client_knowledge
            SET refreshing_until = NULL, refresh_id = NULL, employees_reason = $3,
                employees_failures = employees_failures + 1,
                employees_failing_since = coalesce(employees_failing_since, clock_timestamp())
          WHERE connection_id = $1 AND refresh_id = $2 RETURNING employees_failures AS failures`,
        [connectionId, id, reason],
      );
      if (!state) return;
      await tx.query(
        `UPDATE client_knowledge SET employees_retry_at = clock_timestamp() + $2 * interval '1 ms'
          WHERE connection_id = $1`,
        [connectionId, failurePauseMs(reason, state.failures)],
      );
      await wakeWhoWaitsForIndex(tx, connectionId);
    });
  }

  /** The refresh asked nothing: somebody may begin another one at once. */
  async release({ connectionId, id }: Refresh): Promise<void> {
    await this.database.query(
      `UPDATE client_knowledge SET refreshing_until = NULL, refresh_id = NULL
        WHERE connection_id = $1 AND refresh_id = $2`,
      [connectionId, id],
    );
  }

  /** Rule 10a. We created, renamed or found an employee: in the transaction that records it. */
  async entered(tx: Tx, connectionId: string, employee: EnteredEmployee): Promise<void> {
    const { employeeId, email, reference, archived } = employee;
    await tx.query(
      `INSERT INTO client_employee (connection_id, employee_id, email, reference, archived, entered_at)
       VALUES ($1, $2, $3, $4, $5, clock_timestamp())
       ON CONFLICT (connection_id, employee_id) DO UPDATE
          SET email = excluded.email, email_known = true, reference = excluded.reference, archived = excluded.archived,
              entered_at = excluded.entered_at`,
      [connectionId, employeeId, email === null ? null : normalizeEmail(email), reference, archived],
    );
    await wakeWhoseEmailIsFree(tx, connectionId);
  }

  /** Rule 10b. A look-up did not find the employee with this reference of ours, whatever the index says. */
  async removed(tx: Tx, connectionId: string, reference: string): Promise<void> {
    await tx.query('DELETE FROM client_employee WHERE connection_id = $1 AND reference = $2', [
      connectionId,
      reference,
    ]);
    await wakeWhoseEmailIsFree(tx, connectionId);
  }

  /**
   * Claims looks for this process: of active connections where somebody is blocked for something that a look at the
   * employees may end, when it is time for one.
   */
  async claimLooks(most: number): Promise<string[]> {
    return this.database.transaction(async (tx) => {
      const wanted = await tx.query<{ connectionId: string; clientId: string }>(wantedStatement, [most]);
      const claimed: string[] = [];
      for (const { connectionId, clientId } of wanted) {
        if (!(await makeRoom(tx, connectionId, clientId))) continue;
        const [row] = await tx.query(
          `UPDATE client_knowledge SET employees_look_at = clock_timestamp() + $2 * interval '1 ms'
            WHERE connection_id = $1 AND coalesce(employees_look_at, '-infinity') <= clock_timestamp() RETURNING 1`,
          [connectionId, lookPauseMs(0)],
        );
        if (row) claimed.push(connectionId);
      }
      return claimed;
    });
  }

  /** @returns false when the refresh is not this process's any more */
  private async close(tx: Tx, refresh: Refresh): Promise<boolean> {
    const { connectionId, clientId, id, beganAt } = refresh;
    if (!(await holdClient(tx, connectionId, clientId))) return false;
    const [state] = await tx.query<{ shortBefore: number | null; before: string | null; newest: string | null }>(
      `SELECT employees_short AS "shortBefore", employees_newest AS before, employees_refresh_newest AS newest
         FROM client_knowledge WHERE connection_id = $1 AND refresh_id = $2 FOR UPDATE`,
      [connectionId, id],
    );
    if (!state) return false;
    const isWhole = refresh.changedAfter === null;
    const short = isWhole ? await removeUnseen(tx, refresh, state.shortBefore, this.readLagMs) : null;
    const newest = isWhole ? state.newest : newestStamp([state.before, state.newest]);
    await tx.query(endStatement, [connectionId, id, beganAt, isWhole, short, newest]);
    return true;
  }

  private async hold(tx: Tx, { connectionId, clientId, id }: Refresh, newest: string | null): Promise<boolean> {
    if (!(await holdClient(tx, connectionId, clientId))) return false;
    const [row] = await tx.query<{ newest: string | null }>(
      `UPDATE client_knowledge SET refreshing_until = clock_timestamp() + ${String(SILENT_SECONDS)} * interval '1 second'
        WHERE connection_id = $1 AND refresh_id = $2 RETURNING employees_refresh_newest AS newest`,
      [connectionId, id],
    );
    if (!row) return false;
    await tx.query('UPDATE client_knowledge SET employees_refresh_newest = $2 WHERE connection_id = $1', [
      connectionId,
      newestStamp([row.newest, newest]),
    ]);
    return true;
  }

  /** Looks that wake no lane become less and less frequent; a look for a newcomer or a person resets the pause. */
  private async planLook(tx: Tx, connectionId: string, isInVain: boolean): Promise<void> {
    const [state] = await tx.query<{ looks: number }>(
      `UPDATE client_knowledge SET employees_looks = CASE WHEN $2 THEN employees_looks + 1 ELSE 0 END
        WHERE connection_id = $1 RETURNING employees_looks AS looks`,
      [connectionId, isInVain],
    );
    await tx.query(
      `UPDATE client_knowledge SET employees_look_at = clock_timestamp() + $2 * interval '1 ms' WHERE connection_id = $1`,
      [connectionId, lookPauseMs(state?.looks ?? 0)],
    );
  }
}

const endStatement = `
  UPDATE client_knowledge
     SET refreshing_until = NULL, refresh_id = NULL, employees_as_of = $3::timestamptz,
         employees_whole_at = CASE WHEN $4 THEN $3::timestamptz ELSE employees_whole_at END,
         employees_newest = $6,
         employees_short = CASE WHEN $4 THEN $5::int ELSE employees_short END,
         employees_reason = NULL, employees_failures = 0, employees_failing_since = NULL, employees_retry_at = NULL
   WHERE connection_id = $1 AND refresh_id = $2`;

const wantedStatement = `
  SELECT c.connection_id AS "connectionId", c.client_id AS "clientId"
    FROM (${connectionsWith(mayEndByALook)}) w
    JOIN connection c USING (connection_id)
    LEFT JOIN client_knowledge k USING (connection_id, client_id)
   WHERE c.state = 'active'
     AND coalesce(k.refreshing_until, '-infinity') < clock_timestamp()
     AND coalesce(k.employees_retry_at, '-infinity') <= clock_timestamp()
     AND coalesce(k.employees_look_at, '-infinity') <= clock_timestamp()
   ORDER BY k.employees_look_at NULLS FIRST LIMIT $1`;
