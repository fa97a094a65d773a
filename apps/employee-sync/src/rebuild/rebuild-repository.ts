import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import type { Database, Keyring, Tx } from '@huma-poweroffice/platform';
import { openPerson } from '../lanes/person-codec.js';
import type { PersonChange } from '../take-in/newest.js';

/** A person as the topic has it now, and as it is known; null: not known yet. */
export interface Pair {
  readonly change: PersonChange;
  readonly known: {
    readonly organizationId: string;
    readonly version: number;
    readonly user: HumaUserMessage | null;
    readonly takenInAt: Date;
  } | null;
}

interface Row {
  readonly userId: string;
  readonly change: Buffer;
  readonly organizationId: string | null;
  readonly version: string | null;
  readonly profile: object | null;
  readonly sensitive: Buffer | null;
  readonly takenInAt: Date | null;
}

const contextOf = (userId: string): string => `rebuild:${userId}`;

/** What a rebuild reads before anything of the read model is changed. */
export class RebuildRepository {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  /** Forgets an earlier rebuild. @returns the database's clock: whatever is taken in after it is newer than the rebuild */
  async begin(): Promise<Date> {
    await this.database.query('TRUNCATE person_rebuild');
    const [row] = await this.database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    if (!row) throw new Error('The database has no clock');
    return row.now;
  }

  /** Saves what the topic says of people; of each the last one counts, whatever its version. */
  async save(tx: Tx, changes: readonly PersonChange[]): Promise<void> {
    const last = [...new Map(changes.map((change) => [change.userId, change])).values()];
    const sealed = last.map((change) => this.keyring.seal(JSON.stringify(change), contextOf(change.userId)));
    await tx.query(
      `INSERT INTO person_rebuild (user_id, change) SELECT * FROM unnest($1::uuid[], $2::bytea[])
       ON CONFLICT (user_id) DO UPDATE SET change = excluded.change`,
      [last.map((change) => change.userId), sealed],
    );
  }

  /** The next people, in the order of their ids. */
  async next(tx: Tx, after: string | null, most: number): Promise<Pair[]> {
    const rows = await tx.query<Row>(
      `SELECT r.user_id AS "userId", r.change, p.organization_id AS "organizationId", p.version, p.profile, p.sensitive, p.taken_in_at AS "takenInAt"
         FROM person_rebuild r LEFT JOIN person p USING (user_id)
        WHERE $1::uuid IS NULL OR r.user_id > $1 ORDER BY r.user_id LIMIT $2`,
      [after, most],
    );
    return rows.map((row) => ({
      change: JSON.parse(this.keyring.open(row.change, contextOf(row.userId)).toString('utf8')) as PersonChange,
      known:
        row.organizationId === null || row.version === null || row.takenInAt === null
          ? null
          : {
              organizationId: row.organizationId,
              version: Number(row.version),
              user: openPerson(row.userId, row.profile, row.sensitive, this.keyring),
              takenInAt: row.takenInAt,
            },
    }));
  }

  /** Lets the topic win over whatever is known, also over newer versions and deletions. */
  async makeOld(tx: Tx, userIds: readonly string[]): Promise<void> {
    await tx.query("UPDATE person SET version = -1, state = 'active' WHERE user_id = ANY ($1::uuid[])", [userIds]);
  }

  /** People who are known and of whom the topic says nothing. */
  async missing(tx: Tx): Promise<number> {
    const [row] = await tx.query<{ people: number }>(
      `SELECT count(*)::int AS people FROM person p
        WHERE p.state <> 'deleted' AND NOT EXISTS (SELECT 1 FROM person_rebuild r WHERE r.user_id = p.user_id)`,
    );
    return row?.people ?? 0;
  }

  async end(groupId: string): Promise<void> {
    await this.database.query('TRUNCATE person_rebuild');
    await this.database.query('DELETE FROM consumer_offset WHERE group_id = $1', [groupId]);
  }
}
