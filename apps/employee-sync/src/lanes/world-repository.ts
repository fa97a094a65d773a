import type { FieldAbility } from '@huma-poweroffice/contracts';
import { toPerson } from '@huma-poweroffice/huma';
import type { Keyring, Tx } from '@huma-poweroffice/platform';
import type { NumberSeries } from '@huma-poweroffice/poweroffice';
import { humaValues, type EmploymentFacts, type Field, type Timing, type World } from '@huma-poweroffice/sync-rules';
import { openPerson } from './person-codec.js';
import { byEmail } from '../client-knowledge/index-look.js';
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
  readonly now: number;
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

interface SameEmailRow {
  readonly email: string;
  readonly employeeId: string;
  readonly reference: string | null;
}

/** What a step's caller adds to what the database says. */
export interface Chance {
  readonly id: () => string;
  readonly jitter: () => number;
}

/** A connection and what is true of some of its people. */
export interface Worlds {
  readonly organizationId: string;
  readonly now: number;
  readonly connection: World['connection'];
  of(lane: StoredLane): World;
}

/** How old the index of a client's emails may be for a look before an automatic create (lane protocol, 10). */
const INDEX_FRESH_SECONDS = 60;

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

  /** @returns null when the connection is not known */
  async read(
    tx: Pick<Tx, 'query'>,
    connectionId: string,
    lanes: readonly StoredLane[],
    tokenClientId: string | null,
  ): Promise<Worlds | null> {
    const [connection] = await tx.query<ConnectionRow>(connectionStatement, [connectionId, INDEX_FRESH_SECONDS]);
    if (!connection) return null;
    const rows = await tx.query<PersonRow>(peopleStatement, [lanes.map((lane) => lane.userId)]);
    const people = new Map(rows.map((row) => [row.userId, row]));
    const emails = lanes.filter(({ lane }) => lane.isNew).flatMap((lane) => people.get(lane.userId)?.email ?? []);
    const sameEmail = emails.length > 0 ? await this.sameEmail(tx, connectionId, emails) : [];
    const base = {
      now: connection.now,
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
          sameEmail: connection.employeesFresh ? sameEmail.filter((row) => row.email === person?.email) : null,
        };
      },
    };
  }

  private person(row: PersonRow, sendPositions: boolean): NonNullable<World['person']> {
    const user = openPerson(row.userId, row.profile, row.sensitive, this.keyring);
    return {
      version: Number(row.version),
      state: row.state,
      values: user ? humaValues(toPerson(user), sendPositions ? row.facts : null) : {},
    };
  }

  private sameEmail(tx: Pick<Tx, 'query'>, connectionId: string, emails: string[]): Promise<SameEmailRow[]> {
    return tx.query<SameEmailRow>(
      `SELECT e.email, e.employee_id AS "employeeId", e.reference FROM client_employee e
        WHERE e.connection_id = $1 AND ${byEmail('$2')}`,
      [connectionId, emails],
    );
  }
}

const connectionStatement = `
  SELECT c.organization_id AS "organizationId", c.state, c.client_id AS "clientId", c.create_users AS "createUsers",
         c.send_positions AS "sendPositions", c.abilities, k.series,
         k.employees_as_of > clock_timestamp() - $2 * interval '1 second'
           -- An employee whose email is unknown could be any newcomer.
           AND NOT EXISTS (SELECT 1 FROM client_employee e
                            WHERE e.connection_id = c.connection_id AND NOT e.email_known
                              AND NOT EXISTS (SELECT 1 FROM lane l WHERE l.connection_id = c.connection_id
                                                 AND l.linked_employee = e.employee_id)) AS "employeesFresh",
         floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now
    FROM connection c
    LEFT JOIN client_knowledge k ON k.connection_id = c.connection_id AND k.client_id = c.client_id
   WHERE c.connection_id = $1`;

const peopleStatement = `
  SELECT p.user_id AS "userId", p.version, p.state, p.email, p.profile, p.sensitive, e.facts
    FROM person p LEFT JOIN employment e ON e.user_id = p.user_id AND e.organization_id = p.organization_id
   WHERE p.user_id = ANY ($1::uuid[])`;
