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

/** The state of the index of a client's employees. */
export interface IndexState {
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

  /** Claims the refresh of the index for this process. @returns null when another one is at it */
  async beginRefresh(connectionId: string, clientId: string): Promise<IndexState | null> {
    const [row] = await this.database.query<{ changedAfter: Date | null }>(
      `INSERT INTO client_knowledge AS k (connection_id, client_id, refreshing_until)
       VALUES ($1, $2, clock_timestamp() + $3 * interval '1 second')
       ON CONFLICT (connection_id) DO UPDATE SET refreshing_until = excluded.refreshing_until
        WHERE k.client_id = excluded.client_id
          AND (k.refreshing_until IS NULL OR k.refreshing_until < clock_timestamp())
       RETURNING CASE WHEN k.employees_whole_at > clock_timestamp() - $4 * interval '1 hour'
                      THEN k.employees_changed_until - $5 * interval '1 second' END AS "changedAfter"`,
      [connectionId, clientId, REFRESH_SECONDS, WHOLE_AFTER_HOURS, OVERLAP_SECONDS],
    );
    return row ? { changedAfter: row.changedAfter?.toISOString() ?? null } : null;
  }

  /**
   * Saves what a refresh brought, and wakes the lanes that waited for it.
   * @param askedMsAgo milliseconds before now at which the first request of the refresh was sent
   */
  async endRefresh(
    connectionId: string,
    clientId: string,
    employees: readonly IndexedEmployee[],
    whole: boolean,
    askedMsAgo: number,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      if (whole) await tx.query('DELETE FROM client_employee WHERE connection_id = $1', [connectionId]);
      await this.saveEmployees(tx, connectionId, employees);
      const stamps = employees.flatMap((e) => Date.parse(e.lastChangedDateTimeOffset ?? '') || []);
      const newest = stamps.reduce((a, b) => Math.max(a, b), 0);
      await tx.query(
        `UPDATE client_knowledge
            SET refreshing_until = NULL, employees_as_of = clock_timestamp() - $3 * interval '1 ms',
                employees_whole_at = CASE WHEN $4 THEN clock_timestamp() ELSE employees_whole_at END,
                employees_changed_until = greatest(employees_changed_until, to_timestamp(nullif($5::float8, 0) / 1000))
          WHERE connection_id = $1 AND client_id = $2`,
        [connectionId, clientId, askedMsAgo, whole, newest],
      );
      await this.wake(tx, connectionId);
    });
  }

  /** The refresh brought nothing: somebody may try again. */
  async giveUpRefresh(connectionId: string): Promise<void> {
    await this.database.query('UPDATE client_knowledge SET refreshing_until = NULL WHERE connection_id = $1', [
      connectionId,
    ]);
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
      const [before] = await tx.query<{ series: Json | null }>(
        'SELECT series FROM client_knowledge WHERE connection_id = $1 FOR UPDATE',
        [connectionId],
      );
      await tx.query(
        `INSERT INTO client_knowledge (connection_id, client_id, series, series_as_of) VALUES ($1, $2, $3, clock_timestamp())
         ON CONFLICT (connection_id) DO UPDATE SET series = excluded.series, series_as_of = excluded.series_as_of
          WHERE client_knowledge.client_id = excluded.client_id`,
        [connectionId, clientId, series === null ? null : JSON.stringify(series)],
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
