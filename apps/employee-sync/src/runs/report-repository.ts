import type { Database } from '@huma-poweroffice/platform';
import type { Int64 } from '@huma-poweroffice/poweroffice';
import type { Situation } from '@huma-poweroffice/sync-rules';
import type { Evidence } from './evidence.js';
import type { ItemState, PlannedKind, Run } from './run.js';
import { runColumns } from './run-repository.js';

export interface OtherConnection {
  readonly id: string;
  readonly name: string;
}

/** One row of a run's report. */
export interface ReportedItem {
  readonly no: number;
  readonly situation: Situation;
  readonly evidence: Evidence;
  readonly planned: PlannedKind;
  readonly ticked: boolean;
  readonly version: number;
  readonly state: ItemState;
  readonly reason: string | null;
  readonly userId: string | null;
  readonly userName: string | null;
  readonly userEmail: string | null;
  readonly employeeId: Int64 | null;
  readonly employeeName: string | null;
  readonly employeeEmail: string | null;
  readonly alsoCoveredBy: readonly OtherConnection[];
}

export interface ReportFilter {
  readonly situation?: string | undefined;
  readonly state?: string | undefined;
  /** Part of a name or an email, of either side. */
  readonly search?: string | undefined;
  /** Only rows after this one. */
  readonly after: number;
  readonly limit: number;
}

export interface OverlappingPerson {
  readonly userId: string;
  readonly name: string;
  readonly email: string | null;
  readonly alsoCoveredBy: readonly OtherConnection[];
}

/** What people read of runs. */
export class ReportRepository {
  constructor(private readonly database: Database) {}

  async items(run: Pick<Run, 'id' | 'connectionId'>, filter: ReportFilter): Promise<ReportedItem[]> {
    const search = filter.search === undefined ? null : `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
    return this.database.query<ReportedItem>(itemsStatement, [
      run.id,
      run.connectionId,
      filter.situation ?? null,
      filter.state ?? null,
      search,
      filter.after,
      filter.limit,
    ]);
  }

  /** Newest first. */
  async ofConnection(
    connectionId: string,
    before: { readonly begunAt: string; readonly id: string } | null,
    limit: number,
  ): Promise<Run[]> {
    return this.database.query<Run>(
      `SELECT ${runColumns} FROM run
        WHERE connection_id = $1
          AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', begun_at), id) < ($2, $3::uuid))
        ORDER BY date_trunc('milliseconds', begun_at) DESC, id DESC LIMIT $4`,
      [connectionId, before?.begunAt ?? null, before?.id ?? null, limit],
    );
  }

  /** People whom the connection covers and another one covers too. */
  async overlap(connectionId: string, after: string | null, limit: number): Promise<OverlappingPerson[]> {
    return this.database.query<OverlappingPerson>(
      `SELECT p.user_id AS "userId", p.email,
              trim(concat_ws(' ', p.profile ->> 'givenName', p.profile ->> 'familyName')) AS name,
              other.connections AS "alsoCoveredBy"
         FROM lane l JOIN person p USING (user_id) ${otherConnections('l.connection_id', 'l.user_id')}
        WHERE l.connection_id = $1 AND l.in_scope AND other.connections IS NOT NULL
          AND ($2::uuid IS NULL OR l.user_id > $2)
        ORDER BY l.user_id LIMIT $3`,
      [connectionId, after, limit],
    );
  }

  async overlapCount(connectionId: string): Promise<number> {
    const [row] = await this.database.query<{ people: number }>(
      `SELECT count(DISTINCT l.user_id)::int AS people
         FROM lane l
         JOIN lane o ON o.user_id = l.user_id AND o.connection_id <> l.connection_id AND o.in_scope
         JOIN connection c ON c.connection_id = o.connection_id AND c.state <> 'disconnected'
        WHERE l.connection_id = $1 AND l.in_scope`,
      [connectionId],
    );
    return row?.people ?? 0;
  }
}

/** Connections by which a person is covered beside this one. */
const otherConnections = (connectionId: string, userId: string): string => `
  LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('id', c.connection_id, 'name', c.name) ORDER BY c.name, c.connection_id) AS connections
      FROM lane o JOIN connection c ON c.connection_id = o.connection_id AND c.state <> 'disconnected'
     WHERE o.user_id = ${userId} AND o.connection_id <> ${connectionId} AND o.in_scope) other ON true`;

const itemsStatement = `
  SELECT i.no, i.situation, i.evidence, i.planned, i.ticked, i.version, i.state, i.reason, i.user_id AS "userId",
         p.name AS "userName", p.email AS "userEmail", i.employee_id AS "employeeId", e.name AS "employeeName",
         e.email AS "employeeEmail", coalesce(other.connections, '[]') AS "alsoCoveredBy"
    FROM (SELECT i.* FROM run_item i
            LEFT JOIN run_person p ON p.run_id = i.run_id AND p.user_id = i.user_id
            LEFT JOIN run_employee e ON e.run_id = i.run_id AND e.employee_id = i.employee_id
           WHERE i.run_id = $1 AND i.no > $6 AND ($3::text IS NULL OR i.situation = $3)
             AND ($4::text IS NULL OR i.state = $4)
             AND ($5::text IS NULL OR concat_ws(' ', p.name, p.email, e.name, e.email) ILIKE $5)
           ORDER BY i.no LIMIT $7) i
    LEFT JOIN run_person p ON p.run_id = i.run_id AND p.user_id = i.user_id
    LEFT JOIN run_employee e ON e.run_id = i.run_id AND e.employee_id = i.employee_id
    ${otherConnections('$2', 'i.user_id')}
   ORDER BY i.no`;
