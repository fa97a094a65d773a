import type { FieldAbility } from '@huma-poweroffice/contracts';
import { toPerson } from '@huma-poweroffice/huma';
import type { Keyring, Tx } from '@huma-poweroffice/platform';
import type { NumberSeries } from '@huma-poweroffice/poweroffice';
import {
  humaValues,
  type DecisionContext,
  type EmploymentFacts,
  type Field,
  type SameEmail,
  type Timing,
} from '@huma-poweroffice/sync-rules';
import { whileConnectionRests } from '../take-in/scope-lock.js';
import { emailKey } from './email-key.js';
import { openPerson } from './person-codec.js';
import { byEmail, INDEX_FRESH_SECONDS } from '../client-knowledge/index-look.js';
import type { ReadingFailure } from '../client-knowledge/pauses.js';
import type { StoredLane } from './lane-codec.js';

interface ConnectionRow {
  readonly organizationId: string;
  readonly state: string;
  readonly clientId: string;
  readonly createUsers: boolean;
  readonly sendPositions: boolean;
  readonly abilities: readonly FieldAbility[];
  readonly series: NumberSeries[] | null;
  readonly employeesFresh: boolean | null;
  readonly indexReason: ReadingFailure | null;
  readonly indexFailures: number | null;
  readonly indexRetryAt: number | null;
  readonly now: number;
  readonly today: string;
}

interface PersonRow {
  readonly userId: string;
  readonly version: string;
  readonly state: 'active' | 'deactivated' | 'deleted';
  readonly email: string | null;
  readonly profile: object | null;
  readonly sensitive: Buffer | null;
  readonly facts: EmploymentFacts | null;
}

interface SameEmailRow extends SameEmail {
  /** Null: the email could not be read, so it may be anybody's. */
  readonly email: string | null;
}

interface InFlightRow {
  readonly userId: string;
  readonly email: string;
}

/** Emails that are held until the transaction ends, by user. */
export type HeldEmails = ReadonlyMap<string, string>;

/** What the index of employees and the attempts under way say of some emails. */
interface Emails {
  readonly inIndex: readonly SameEmailRow[];
  readonly inFlight: readonly InFlightRow[];
}

const noEmails: Emails = { inIndex: [], inFlight: [] };

/** What a step's caller adds to what the database says. */
export interface Chance {
  readonly id: () => string;
  readonly jitter: () => number;
}

/** A connection and what is true of some of its people. */
export interface Worlds {
  readonly organizationId: string;
  readonly now: number;
  readonly connection: DecisionContext['connection'];
  of(lane: StoredLane): DecisionContext;
}

/**
 * What is true at the moment of a step. To be read in a statement of its own *after* the lanes are locked: only then is
 * a change that marked a lane due before it was locked also seen in the person.
 */
export class WorldRepository {
  constructor(
    private readonly keyring: Keyring,
    private readonly timing: Timing,
    private readonly chance: Chance,
  ) {}

  /**
   * Keeps the connection from changing until the transaction ends: what a lane is decided by is then still true when the
   * decision is recorded, or the change finds the lane as it was decided and makes it due. To be called before lanes are
   * locked, as whoever changes a connection does.
   */
  holdConnection(tx: Tx, connectionId: string): Promise<void> {
    return whileConnectionRests(tx, connectionId);
  }

  /**
   * Rule 10a. The look for an email and the intent to create somebody with it are one: nobody else looks for the same email
   * in this connection until the transaction ends.
   * @returns the emails that are held, by user
   */
  async holdEmails(tx: Tx, connectionId: string, userIds: readonly string[]): Promise<HeldEmails> {
    if (userIds.length === 0) return new Map();
    const people = await tx.query<{ userId: string; email: string }>(
      `SELECT user_id AS "userId", email FROM person WHERE user_id = ANY ($1::uuid[]) AND email IS NOT NULL`,
      [userIds],
    );
    // In one order for everybody, so that nobody waits in a circle.
    await tx.query(
      `SELECT pg_advisory_xact_lock(e.key)
         FROM (SELECT DISTINCT hashtextextended($1 || email, 0) AS key FROM unnest($2::text[]) email ORDER BY 1) e`,
      [connectionId, people.map(({ email }) => email)],
    );
    return new Map(people.map(({ userId, email }) => [userId, email]));
  }

  /** @returns null when the connection is not known */
  async read(
    tx: Pick<Tx, 'query'>,
    connectionId: string,
    lanes: readonly StoredLane[],
    tokenClientId: string | null,
    held?: HeldEmails,
  ): Promise<Worlds | null> {
    const [connection] = await tx.query<ConnectionRow>(connectionStatement, [connectionId, INDEX_FRESH_SECONDS]);
    if (!connection) return null;
    const rows = await tx.query<PersonRow>(peopleStatement, [lanes.map((lane) => lane.userId)]);
    const people = new Map(rows.map((row) => [row.userId, row]));
    const wanted = lanes.filter(({ lane }) => lane.isNew).flatMap((lane) => people.get(lane.userId)?.email ?? []);
    const emails = wanted.length > 0 ? await this.emails(tx, connectionId, wanted) : noEmails;
    const base = {
      now: connection.now,
      today: connection.today,
      timing: this.timing,
      connection: {
        active: connection.state === 'active',
        clientId: connection.clientId,
        createUsers: connection.createUsers,
      },
      tokenClientId: tokenClientId ?? connection.clientId,
      writable: new Set(connection.abilities.filter((a) => a.write === 'yes').map((a): Field => a.field)),
      series: connection.series,
    };
    return {
      organizationId: connection.organizationId,
      now: connection.now,
      connection: base.connection,
      of: (lane) => {
        const person = people.get(lane.userId);
        return {
          ...base,
          id: this.chance.id(),
          jitter: this.chance.jitter(),
          inScope: lane.inScope,
          person: person ? this.person(person, connection.sendPositions) : null,
          index: indexFor(connection, lane, person?.email ?? null, emails, held),
        };
      },
    };
  }

  private person(row: PersonRow, sendPositions: boolean): NonNullable<DecisionContext['person']> {
    const user = openPerson(row.userId, row.profile, row.sensitive, this.keyring);
    return {
      version: Number(row.version),
      state: row.state,
      values: user ? humaValues(toPerson(user), sendPositions ? row.facts : null) : {},
    };
  }

  private async emails(tx: Pick<Tx, 'query'>, connectionId: string, wanted: string[]): Promise<Emails> {
    // In this order: whoever ends an attempt enters the index in the same transaction, so one of the two looks shows it.
    const inFlight = await tx.query<InFlightRow>(inFlightStatement, [connectionId, wanted.map(emailKey)]);
    // An employee whose email could not be read, and who is nobody's, may be any newcomer.
    const inIndex = await tx.query<SameEmailRow>(
      `SELECT CASE WHEN e.email_known THEN e.email END AS email, e.employee_id AS "employeeId", e.reference
         FROM client_employee e
        WHERE e.connection_id = $1
          AND (${byEmail('$2')}
               OR NOT e.email_known AND NOT EXISTS (SELECT 1 FROM lane l
                    WHERE l.connection_id = $1 AND l.linked_employee = e.employee_id))`,
      [connectionId, wanted],
    );
    return { inIndex, inFlight };
  }
}

const indexFor = (
  connection: ConnectionRow,
  { userId }: StoredLane,
  email: string | null,
  { inIndex, inFlight }: Emails,
  held: HeldEmails | undefined,
): DecisionContext['index'] => {
  const { indexReason: reason, indexFailures: failures, indexRetryAt: nextTryAt, now } = connection;
  const key = email === null ? null : emailKey(email);
  return {
    fresh: connection.employeesFresh ?? false,
    sameEmail: inIndex.filter((row) => row.email === null || row.email === email),
    problem: reason === null ? null : { reason, failures: failures ?? 0, nextTryAt: nextTryAt ?? now },
    // An email that changed since the emails were held is looked for again, like one that somebody else's attempt carries.
    inFlight:
      inFlight.some((row) => row.email === key && row.userId !== userId) ||
      (held !== undefined && held.get(userId) !== (email ?? undefined)),
  };
};

const connectionStatement = `
  SELECT c.organization_id AS "organizationId", c.state, c.client_id AS "clientId", c.create_users AS "createUsers",
         c.send_positions AS "sendPositions", c.abilities, k.series,
         k.employees_as_of > clock_timestamp() - $2 * interval '1 second' AS "employeesFresh",
         k.employees_reason AS "indexReason", k.employees_failures AS "indexFailures",
         floor(extract(epoch FROM k.employees_retry_at) * 1000)::float8 AS "indexRetryAt",
         to_char(clock_timestamp() AT TIME ZONE 'Europe/Oslo', 'YYYY-MM-DD') AS today,
         floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now
    FROM connection c
    LEFT JOIN client_knowledge k ON k.connection_id = c.connection_id AND k.client_id = c.client_id
   WHERE c.connection_id = $1`;

const peopleStatement = `
  SELECT p.user_id AS "userId", p.version, p.state, p.email, p.profile, p.sensitive, e.facts
    FROM person p LEFT JOIN employment e ON e.user_id = p.user_id AND e.organization_id = p.organization_id
   WHERE p.user_id = ANY ($1::uuid[])`;

// An attempt of somebody for whom nothing is done now is never settled by itself: it stands in the way until the index was
// read after everything that was sent must show there.
const inFlightStatement = `
  SELECT l.user_id AS "userId", l.attempt_email AS email
    FROM lane l
    JOIN person p USING (user_id)
    LEFT JOIN client_knowledge k ON k.connection_id = l.connection_id
   WHERE l.connection_id = $1 AND l.attempt_email = ANY ($2::text[])
     AND (p.state = 'active' AND l.in_scope OR l.attempt_settles_at >= coalesce(k.employees_as_of, '-infinity'))`;
