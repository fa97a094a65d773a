import { normalizeEmail } from '@huma-poweroffice/huma';
import type { Database } from '@huma-poweroffice/platform';

export const laneStatuses = [
  'up-to-date',
  'waiting',
  'sending',
  'unsettled',
  'retrying',
  'blocked',
  'partly-refused',
  'locked',
  'not-linked',
  'paused',
] as const;
export type LaneStatus = (typeof laneStatuses)[number];

/**
 * How each status ends by itself, or who ends it (`reasons` says more for blocked, refused and retried people). Every
 * status is here, so that none is added without an end.
 */
export const statusEnds: { readonly [S in LaneStatus]: string } = {
  'up-to-date': 'a change in Huma',
  waiting: 'its turn: a token and a permit',
  sending: 'the answer, or the end of the lease',
  unsettled: 'a read-back, when everything that was sent must show',
  retrying: 'the end of the pause, PowerOffice answering again, or sync now',
  blocked: 'what its reason waits for',
  'partly-refused': 'what the reasons of the values wait for',
  locked: 'a newer version in Huma, or another group of the connection',
  'not-linked': 'Synchronize users, or the setting that creates people',
  paused: 'a person who resumes the connection, or its key, when it works again',
};

export interface ConnectionHead {
  readonly connectionId: string;
  readonly name: string;
  readonly state: string;
  readonly pauseReason: string | null;
  readonly clientName: string;
}

export interface LaneHead {
  readonly connectionId: string;
  readonly userId: string;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly email: string | null;
  readonly employeeId: string | null;
  readonly status: LaneStatus;
  readonly reason: string | null;
  readonly waitingSince: Date | null;
}

export interface LaneFilter {
  readonly status?: LaneStatus | undefined;
  readonly search?: string | undefined;
  /** Only people behind this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface StatusCount {
  readonly status: LaneStatus;
  readonly people: number;
  readonly oldest: Date | null;
}

/**
 * What is to be done is not done while the connection is paused or a draft. Changes of people are not noticed at all once it
 * is disconnected, so nobody is up to date there.
 */
const isHeld = `(c.state = 'disconnected' AND s.status NOT IN ('locked', 'not-linked')
  OR c.state IN ('paused', 'draft') AND s.status IN ('waiting', 'retrying', 'unsettled'))`;
const status = `CASE WHEN ${isHeld} THEN 'paused' ELSE s.status END`;

const heads = `SELECT s.connection_id AS "connectionId", s.user_id AS "userId", p.profile->>'givenName' AS "givenName",
         p.profile->>'familyName' AS "familyName", p.email, l.linked_employee AS "employeeId", ${status} AS status,
         CASE WHEN ${isHeld} THEN 'connection-' || c.state ELSE s.reason END AS reason, l.waiting_since AS "waitingSince"
    FROM lane_status s JOIN lane l USING (connection_id, user_id) JOIN person p USING (user_id)
    JOIN connection c USING (connection_id)`;

/** Reads for people and other services; everything is inside one organisation. */
export class PeopleQueries {
  constructor(private readonly database: Database) {}

  /** @returns null also when the connection is another organisation's */
  async connection(organizationId: string, connectionId: string): Promise<ConnectionHead | null> {
    const [row] = await this.database.query<ConnectionHead>(
      `SELECT connection_id AS "connectionId", name, state, pause_reason AS "pauseReason", client_name AS "clientName"
         FROM connection WHERE organization_id = $1 AND connection_id = $2`,
      [organizationId, connectionId],
    );
    return row ?? null;
  }

  /** People by status; those out of the group only where they are linked. */
  async counts(connectionId: string): Promise<StatusCount[]> {
    return this.database.query<StatusCount>(
      `SELECT ${status} AS status, count(*)::int AS people,
              min(l.waiting_since) FILTER (WHERE s.status <> 'locked') AS oldest
         FROM lane_status s JOIN lane l USING (connection_id, user_id) JOIN connection c USING (connection_id)
        WHERE s.connection_id = $1 AND (l.in_scope OR l.linked_employee IS NOT NULL)
        GROUP BY 1`,
      [connectionId],
    );
  }

  async lanes(connectionId: string, filter: LaneFilter): Promise<LaneHead[]> {
    const search = filter.search ? `%${normalizeEmail(filter.search).replaceAll(/[\\%_]/g, '\\$&')}%` : null;
    return this.database.query<LaneHead>(
      `${heads}
        WHERE s.connection_id = $1 AND (l.in_scope OR l.linked_employee IS NOT NULL)
          AND ($2::text IS NULL OR ${status} = $2)
          AND ($3::text IS NULL OR p.email LIKE $3
               OR lower(concat_ws(' ', p.profile->>'givenName', p.profile->>'familyName')) LIKE $3)
          AND ($4::uuid IS NULL OR s.user_id > $4)
        ORDER BY s.user_id LIMIT $5`,
      [connectionId, filter.status ?? null, search, filter.after ?? null, filter.limit],
    );
  }

  async lane(connectionId: string, userId: string): Promise<LaneHead | null> {
    const [row] = await this.database.query<LaneHead>(`${heads} WHERE s.connection_id = $1 AND s.user_id = $2`, [
      connectionId,
      userId,
    ]);
    return row ?? null;
  }

  /** Several lanes at once, by connection and user, separated by a space. */
  async heads(
    wanted: readonly { readonly connectionId: string; readonly userId: string }[],
  ): Promise<Map<string, LaneHead>> {
    const rows = await this.database.query<LaneHead>(
      `${heads}
         JOIN unnest($1::uuid[], $2::uuid[]) AS w (connection_id, user_id)
           ON w.connection_id = s.connection_id AND w.user_id = s.user_id`,
      [wanted.map(({ connectionId }) => connectionId), wanted.map(({ userId }) => userId)],
    );
    return new Map(rows.map((row) => [`${row.connectionId} ${row.userId}`, row]));
  }
}
