import { normalizeEmail } from '@huma-poweroffice/huma';
import type { Database, Tx } from '@huma-poweroffice/platform';
import type { Employee, Int64, NumberSeries } from '@huma-poweroffice/poweroffice';
import { sameValue, type Json } from '@huma-poweroffice/sync-rules';
import { announceLanes } from '../lanes/lane-channel.js';

/** What of an employee is needed to find one by email. */
export type IndexedEmployee = Pick<
  Employee,
  'id' | 'emailAddress' | 'externalImportReference' | 'isArchived' | 'lastChangedDateTimeOffset'
>;

/** A refresh of the index of a client's employees that is under way here. */
export interface Refresh {
  readonly connectionId: string;
  readonly clientId: string;
  /** Until when nobody else begins one: tells it from a later one. */
  readonly until: string;
  /** Only changes after this moment, by PowerOffice's clock, are needed; null: everybody. */
  readonly changedAfter: string | null;
}

/** How long a refresh may take before another process may begin one. */
const REFRESH_SECONDS = 60;
/** Employees that were deleted in PowerOffice are only found missing when everybody is read. */
const WHOLE_AFTER_HOURS = 24;
/** Stamps may be written a little before they can be read. */
const OVERLAP_SECONDS = 10;

/** What is known of a connection's PowerOffice client: its employees by email, its number series. */
export class KnowledgeRepository {
  constructor(private readonly database: Database) {}

  /**
   * Claims the refresh of the index for this process; what is known of another client makes room.
   * @returns null when another process is at it, or when this is not the connection's client
   */
  async beginRefresh(connectionId: string, clientId: string): Promise<Refresh | null> {
    return this.database.transaction(async (tx) => {
      if (!(await this.makeRoom(tx, connectionId, clientId))) return null;
      const [row] = await tx.query<{ until: string; changedAfter: Date | null }>(
        `UPDATE client_knowledge SET refreshing_until = clock_timestamp() + $3 * interval '1 second'
          WHERE connection_id = $1 AND client_id = $2
            AND (refreshing_until IS NULL OR refreshing_until < clock_timestamp())
         RETURNING refreshing_until::text AS until,
                   CASE WHEN employees_whole_at > clock_timestamp() - $4 * interval '1 hour'
                        THEN employees_changed_until - $5 * interval '1 second' END AS "changedAfter"`,
        [connectionId, clientId, REFRESH_SECONDS, WHOLE_AFTER_HOURS, OVERLAP_SECONDS],
      );
      if (!row) return null;
      return { connectionId, clientId, until: row.until, changedAfter: row.changedAfter?.toISOString() ?? null };
    });
  }

  /**
   * Saves what a refresh brought, and wakes the lanes that waited for it; nothing when it is not this one's turn any more.
   * @param whole everybody was read
   * @param askedMsAgo milliseconds before now at which the first request of the refresh was sent
   */
  async endRefresh(
    { connectionId, clientId, until }: Refresh,
    employees: readonly IndexedEmployee[],
    whole: boolean,
    askedMsAgo: number,
  ): Promise<void> {
    const stamps = employees.flatMap((e) => Date.parse(e.lastChangedDateTimeOffset ?? '') || []);
    const newest = stamps.reduce((a, b) => Math.max(a, b), 0);
    await this.database.transaction(async (tx) => {
      if (!(await this.holdClient(tx, connectionId, clientId))) return;
      const held = await tx.query(
        `UPDATE client_knowledge
            SET refreshing_until = NULL, employees_as_of = clock_timestamp() - $4 * interval '1 ms',
                employees_whole_at = CASE WHEN $5 THEN clock_timestamp() ELSE employees_whole_at END,
                employees_changed_until = greatest(employees_changed_until, to_timestamp(nullif($6::float8, 0) / 1000))
          WHERE connection_id = $1 AND client_id = $2 AND refreshing_until = $3::timestamptz
         RETURNING 1`,
        [connectionId, clientId, until, askedMsAgo, whole, newest],
      );
      if (held.length === 0) return;
      if (whole) await tx.query('DELETE FROM client_employee WHERE connection_id = $1', [connectionId]);
      await this.saveEmployees(tx, connectionId, employees);
      await this.wake(tx, connectionId);
    });
  }

  /** The refresh brought nothing: somebody may try again. */
  async giveUpRefresh({ connectionId, clientId, until }: Refresh): Promise<void> {
    await this.database.query(
      `UPDATE client_knowledge SET refreshing_until = NULL
        WHERE connection_id = $1 AND client_id = $2 AND refreshing_until = $3::timestamptz`,
      [connectionId, clientId, until],
    );
  }

  /** Active connections whose number series are not known, or old. */
  async staleSeries(olderThanMs: number): Promise<{ connectionId: string; clientId: string }[]> {
    return this.database.query(
      `SELECT c.connection_id AS "connectionId", c.client_id AS "clientId"
         FROM connection c
         LEFT JOIN client_knowledge k ON k.connection_id = c.connection_id AND k.client_id = c.client_id
        WHERE c.state = 'active'
          AND (k.series_as_of IS NULL OR k.series_as_of < clock_timestamp() - $1 * interval '1 ms')`,
      [olderThanMs],
    );
  }

  /** @param series null: PowerOffice does not tell; then only it can say whether a number fits */
  async saveSeries(connectionId: string, clientId: string, series: readonly NumberSeries[] | null): Promise<void> {
    await this.database.transaction(async (tx) => {
      if (!(await this.makeRoom(tx, connectionId, clientId))) return;
      const [before] = await tx.query<{ series: Json | null }>(
        'SELECT series FROM client_knowledge WHERE connection_id = $1',
        [connectionId],
      );
      await tx.query(
        'UPDATE client_knowledge SET series = $2, series_as_of = clock_timestamp() WHERE connection_id = $1',
        [connectionId, series === null ? null : JSON.stringify(series)],
      );
      if (sameValue(before?.series ?? null, series as unknown as Json)) return;
      await tx.query(
        `UPDATE lane SET due = true, cause = 'number series changed', wake_at = coalesce(wake_at, now()),
                waiting_since = coalesce(waiting_since, now())
          WHERE connection_id = $1 AND waits_for <> '{}' AND waits_for && ARRAY['number-series']`,
        [connectionId],
      );
      await announceLanes(tx);
    });
  }

  /**
   * Sees to it that there is a row of this client, and holds it; what somebody who was late saved of an earlier client
   * goes.
   * @returns false when this is not the connection's client: then nothing of it may be saved
   */
  private async makeRoom(tx: Tx, connectionId: string, clientId: string): Promise<boolean> {
    if (!(await this.holdClient(tx, connectionId, clientId))) return false;
    const [row] = await tx.query<{ clientId: string }>(
      `INSERT INTO client_knowledge AS k (connection_id, client_id) VALUES ($1, $2)
       ON CONFLICT (connection_id) DO UPDATE SET connection_id = k.connection_id
       RETURNING client_id AS "clientId"`,
      [connectionId, clientId],
    );
    if (row?.clientId === clientId) return true;
    await tx.query('DELETE FROM client_employee WHERE connection_id = $1', [connectionId]);
    await tx.query('DELETE FROM client_knowledge WHERE connection_id = $1', [connectionId]);
    await tx.query('INSERT INTO client_knowledge (connection_id, client_id) VALUES ($1, $2)', [connectionId, clientId]);
    return true;
  }

  /** Keeps the connection's client as it is until the transaction ends. @returns whether it is this one */
  private async holdClient(tx: Tx, connectionId: string, clientId: string): Promise<boolean> {
    // The connection first, as whoever takes in a change of it does: so neither waits for the other for ever.
    const held = await tx.query('SELECT 1 FROM connection WHERE connection_id = $1 AND client_id = $2 FOR SHARE', [
      connectionId,
      clientId,
    ]);
    return held.length > 0;
  }

  private async saveEmployees(tx: Tx, connectionId: string, employees: readonly IndexedEmployee[]): Promise<void> {
    // A page may show somebody twice when the list changes under it: the last one counts.
    const byId = new Map<Int64, IndexedEmployee>(employees.map((e) => [e.id, e]));
    const rows = [...byId.values()];
    await tx.query(
      `INSERT INTO client_employee (connection_id, employee_id, email, reference, archived)
       SELECT $1, e.* FROM unnest($2::bigint[], $3::text[], $4::text[], $5::boolean[]) AS e
       ON CONFLICT (connection_id, employee_id) DO UPDATE
          SET email = excluded.email, reference = excluded.reference, archived = excluded.archived`,
      [
        connectionId,
        rows.map((e) => e.id),
        rows.map((e) => (e.emailAddress === null ? null : normalizeEmail(e.emailAddress))),
        rows.map((e) => e.externalImportReference),
        rows.map((e) => e.isArchived),
      ],
    );
  }

  /** Lanes that wait for a look by email have their turn now. */
  private async wake(tx: Tx, connectionId: string): Promise<void> {
    await tx.query(
      `UPDATE lane SET wake_at = now()
        WHERE connection_id = $1 AND is_new AND due AND linked_employee IS NULL AND attempt_kind IS NULL AND NOT retrying
          AND wake_at > now()`,
      [connectionId],
    );
    await announceLanes(tx);
  }
}
