import { randomUUID } from 'node:crypto';
import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import type { Database, Keyring, Tx } from '@huma-poweroffice/platform';
import { openPerson } from '../lanes/person-codec.js';
import { merge, type PersonChange } from '../take-in/person-change.js';
import type { Known } from './verdict.js';

/** One rebuild, and what it has read so far. */
export interface Reading {
  readonly id: string;
  /** When it began, by the database's clock. */
  readonly began: Date;
  /** Huma was restored: of the records that are read the highest version counts, whether it is a deletion or not. */
  readonly restored: boolean;
}

interface ReadRow {
  readonly userId: string;
  readonly organizationId: string;
  readonly version: string;
  readonly deleted: boolean;
  readonly change: Buffer;
}

interface KnownRow {
  readonly userId: string;
  readonly organizationId: string | null;
  readonly version: string;
  readonly state: string;
  readonly profile: object | null;
  readonly sensitive: Buffer | null;
  readonly takenInAt: Date;
}

const NOBODY = '00000000-0000-0000-0000-000000000000';
const contextOf = (userId: string): string => `rebuild:${userId}`;

/** What a rebuild has read of the topic, beside what is known. */
export class RebuildRepository {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  async begin(restored: boolean): Promise<Reading> {
    // A process that died has left its rows.
    await this.database.query("DELETE FROM person_rebuild WHERE begun_at < now() - interval '1 day'");
    const [row] = await this.database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    if (!row) throw new Error('SELECT clock_timestamp() returned no row');
    return { id: randomUUID(), began: row.now, restored };
  }

  /** Saves what records say, in the order in which they were read; of each person's the one that counts is kept. */
  async save(tx: Tx, reading: Reading, changes: readonly PersonChange[]): Promise<void> {
    for (const batch of batchesOf(changes)) {
      await this.saveDeletions(
        tx,
        reading,
        batch.filter((change) => change.organizationId === null),
      );
      await this.saveStates(
        tx,
        reading,
        batch.filter((change) => change.organizationId !== null),
      );
    }
  }

  /** The next people that were read, in the order of their ids. */
  async next(tx: Tx, reading: Reading, after: string | null, most: number): Promise<ReadPerson[]> {
    const rows = await tx.query<ReadRow>(
      `SELECT user_id AS "userId", organization_id AS "organizationId", version, deleted, change
         FROM person_rebuild
        WHERE rebuild_id = $1
          AND user_id IN (SELECT DISTINCT user_id FROM person_rebuild
                           WHERE rebuild_id = $1 AND ($2::uuid IS NULL OR user_id > $2) ORDER BY user_id LIMIT $3)
        ORDER BY user_id, no`,
      [reading.id, after, most],
    );
    const people = new Map<string, ReadRow[]>();
    for (const row of rows) people.set(row.userId, [...(people.get(row.userId) ?? []), row]);
    return [...people].map(([userId, own]) => ({ userId, changes: this.changesOf(own, reading.restored) }));
  }

  /** What is known of these people; their rows stay locked until the transaction ends. */
  async lock(tx: Tx, userIds: readonly string[]): Promise<Map<string, Known>> {
    const rows = await tx.query<KnownRow>(
      `SELECT user_id AS "userId", organization_id AS "organizationId", version, state, profile, sensitive,
              taken_in_at AS "takenInAt"
         FROM person WHERE user_id = ANY ($1::uuid[]) ORDER BY user_id FOR UPDATE`,
      [userIds],
    );
    return new Map(
      rows.map((row) => [
        row.userId,
        {
          organizationId: row.organizationId,
          version: Number(row.version),
          deleted: row.state === 'deleted',
          user: this.open(row),
          takenInAt: row.takenInAt,
        },
      ]),
    );
  }

  /** People who are known and of whom the topic says nothing. */
  async missing(reading: Reading): Promise<number> {
    const [row] = await this.database.query<{ people: number }>(
      `SELECT count(*)::int AS people FROM person p
        WHERE p.state <> 'deleted'
          AND NOT EXISTS (SELECT 1 FROM person_rebuild r WHERE r.rebuild_id = $1 AND r.user_id = p.user_id)`,
      [reading.id],
    );
    return row?.people ?? 0;
  }

  async end(reading: Reading): Promise<void> {
    await this.database.query('DELETE FROM person_rebuild WHERE rebuild_id = $1', [reading.id]);
  }

  /** A tombstone names no version: it is as new as what was read before it, and older than what comes after it. */
  private async saveDeletions(tx: Tx, reading: Reading, changes: readonly PersonChange[]): Promise<void> {
    if (changes.length === 0) return;
    const parameters = [reading.id, changes.map((c) => c.userId), changes.map((c) => this.seal(c))];
    if (reading.restored)
      await tx.query(
        `UPDATE person_rebuild r SET deleted = true, change = i.change
           FROM unnest($2::uuid[], $3::bytea[]) AS i (user_id, change)
          WHERE r.rebuild_id = $1 AND r.user_id = i.user_id`,
        parameters,
      );
    await tx.query(
      `INSERT INTO person_rebuild (rebuild_id, user_id, organization_id, version, deleted, change)
       SELECT $1, user_id, '${NOBODY}', 0, true, change FROM unnest($2::uuid[], $3::bytea[]) AS i (user_id, change)
       ON CONFLICT DO NOTHING`,
      parameters,
    );
  }

  private async saveStates(tx: Tx, reading: Reading, changes: readonly PersonChange[]): Promise<void> {
    if (changes.length === 0) return;
    const counts = reading.restored
      ? 'excluded.version > r.version OR (excluded.version = r.version AND excluded.deleted)'
      : 'NOT r.deleted AND (excluded.deleted OR excluded.version > r.version)';
    await tx.query(
      `INSERT INTO person_rebuild AS r (rebuild_id, user_id, organization_id, version, deleted, change)
       SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::boolean[], $6::bytea[])
       ON CONFLICT (rebuild_id, user_id, organization_id) DO UPDATE
          SET version = greatest(r.version, excluded.version),
              deleted = CASE WHEN ${counts} THEN excluded.deleted ELSE r.deleted END,
              change = CASE WHEN ${counts} THEN excluded.change ELSE r.change END`,
      [
        reading.id,
        changes.map((c) => c.userId),
        changes.map((c) => c.organizationId),
        changes.map((c) => c.version ?? 0),
        changes.map((c) => c.user === null),
        changes.map((c) => this.seal(c)),
      ],
    );
  }

  /** What counts for a person, per organisation that was named, in the order in which they were. */
  private changesOf(rows: readonly ReadRow[], restored: boolean): PersonChange[] {
    const changes = rows.map(({ userId, organizationId, version, change }) => ({
      ...(JSON.parse(this.keyring.open(change, contextOf(userId)).toString('utf8')) as PersonChange),
      organizationId: organizationId === NOBODY ? null : organizationId,
      version: organizationId === NOBODY ? null : Number(version),
    }));
    const own = changes.filter((change) => change.organizationId !== null);
    const deletion = changes.find((change) => change.organizationId === null);
    if (!deletion) return own;
    if (own.length === 0) return [deletion];
    return restored ? own : own.map((change) => merge(change, deletion));
  }

  private seal({ backlogAt: _, ...change }: PersonChange): Buffer {
    return this.keyring.seal(JSON.stringify(change), contextOf(change.userId));
  }

  private open(row: KnownRow): HumaUserMessage | 'unreadable' | null {
    try {
      return openPerson(row.userId, row.profile, row.sensitive, this.keyring);
    } catch {
      // A key that is gone, or a row that somebody edited: the topic still has the person.
      return 'unreadable';
    }
  }
}

/** What was read of a person; several changes only where events name several organisations. */
export interface ReadPerson {
  readonly userId: string;
  readonly changes: readonly PersonChange[];
}

/** Changes in batches with at most one of each person, in the order in which they were read. */
const batchesOf = (changes: readonly PersonChange[]): PersonChange[][] => {
  const batches: PersonChange[][] = [];
  const seen = new Map<string, number>();
  for (const change of changes) {
    const index = seen.get(change.userId) ?? 0;
    seen.set(change.userId, index + 1);
    (batches[index] ??= []).push(change);
  }
  return batches;
};
