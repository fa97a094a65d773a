import type { Database, Tx } from '@huma-poweroffice/platform';
import type { StoredPositions, TopicEnds } from './progress.js';

/** A position saved with the data, and the id of the topic it belongs to, where that is known. */
export interface StoredPosition {
  readonly position: string;
  readonly topicId: string | null;
}

/** What a broker says of one partition: offset of the first record, offset after the last, id of the topic. */
export interface LogBounds {
  readonly low: string;
  readonly high: string;
  readonly topicId: string | null;
}

export type GapCause = 'out-of-range' | 'topic-recreated';

/** Where reading begins, and whether something lies between it and what was read before. */
export type Placement =
  | { readonly kind: 'first' | 'continue'; readonly at: string }
  | { readonly kind: 'gap'; readonly at: string; readonly cause: GapCause };

/** The first offset that may be read: never below what the caller has declared to be void, where that lies in the log. */
const firstOf = (log: LogBounds, notBefore: string | null): string =>
  notBefore !== null && BigInt(notBefore) > BigInt(log.low) && BigInt(notBefore) <= BigInt(log.high)
    ? notBefore
    : log.low;

/**
 * Compares what was saved with the log as it is. After a gap, reading begins at the start of the log.
 * @param notBefore the offset from which the partition counts; what lies before it is void
 */
export const placementOf = (stored: StoredPosition | null, log: LogBounds, notBefore: string | null): Placement => {
  if (stored === null) return { kind: 'first', at: firstOf(log, notBefore) };
  const recreated = stored.topicId !== null && log.topicId !== null && stored.topicId !== log.topicId;
  if (recreated) return { kind: 'gap', at: log.low, cause: 'topic-recreated' };
  const position = BigInt(stored.position);
  if (position < BigInt(log.low) || position > BigInt(log.high))
    return { kind: 'gap', at: firstOf(log, notBefore), cause: 'out-of-range' };
  return { kind: 'continue', at: stored.position };
};

/** What a partition held when the group read it for the first time. */
export interface Backlog {
  /** The offset after its last record at that moment. */
  readonly end: string;
  /** That moment, by the database's clock. */
  readonly at: Date;
}

/** What moving a position tells beside. */
export interface Moved {
  readonly backlog: Backlog | null;
}

/** The positions of one consumer group in our own database. */
export class Positions {
  constructor(
    private readonly database: Pick<Database, 'query'>,
    private readonly groupId: string,
  ) {}

  async load(topic: string, partition: number): Promise<StoredPosition | null> {
    const [row] = await this.database.query<{ position: string; topic_id: string | null }>(
      'SELECT position, topic_id FROM consumer_offset WHERE group_id = $1 AND topic = $2 AND partition = $3',
      [this.groupId, topic, partition],
    );
    return row ? { position: row.position, topicId: row.topic_id } : null;
  }

  /** All positions in these logs, by topic and partition; those that belong to a topic that was deleted are left out. */
  async all(logs: ReadonlyMap<string, ReadonlyMap<number, LogBounds>>): Promise<StoredPositions> {
    const rows = await this.database.query<{
      topic: string;
      partition: number;
      position: string;
      topicId: string | null;
    }>(
      `SELECT topic, partition, position, topic_id AS "topicId"
         FROM consumer_offset WHERE group_id = $1 AND topic = ANY($2::text[])`,
      [this.groupId, [...logs.keys()]],
    );
    const all = new Map<string, Map<number, string>>([...logs.keys()].map((topic) => [topic, new Map()]));
    for (const { topic, partition, position, topicId } of rows) {
      const now = logs.get(topic)?.get(partition)?.topicId ?? null;
      if (topicId === null || now === null || topicId === now) all.get(topic)?.set(partition, position);
    }
    return all;
  }

  /**
   * Saves where the first reader begins, and what the partition holds at that moment.
   * @returns false when another consumer has saved a position meanwhile, which stays
   */
  async begin(tx: Tx, topic: string, partition: number, at: string, log: LogBounds): Promise<boolean> {
    const begun = await tx.query(
      `INSERT INTO consumer_offset (group_id, topic, partition, position, topic_id, backlog_end, backlog_at)
       VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())
       ON CONFLICT (group_id, topic, partition) DO NOTHING RETURNING 1`,
      [this.groupId, topic, partition, at, log.topicId, log.high],
    );
    return begun.length > 0;
  }

  /**
   * Which of these offsets the database has reached, and still knows when the transaction has ended: one that waits for the
   * disk waits for all that were committed before it without waiting.
   */
  async durable<O extends { readonly topic: string; readonly partition: number; readonly offset: string }>(
    tx: Tx,
    offsets: readonly O[],
  ): Promise<O[]> {
    const rows = await tx.query<{ topic: string; partition: number; reached: string }>(
      `SELECT topic, partition, greatest(position, reached)::text AS reached
         FROM consumer_offset WHERE group_id = $1 AND topic = ANY ($2::text[])`,
      [this.groupId, [...new Set(offsets.map(({ topic }) => topic))]],
    );
    await tx.query("SELECT pg_logical_emit_message(true, 'positions', '')");
    const reached = new Map(rows.map((row) => [`${row.topic}/${String(row.partition)}`, BigInt(row.reached)]));
    return offsets.filter(
      ({ topic, partition, offset }) => (reached.get(`${topic}/${String(partition)}`) ?? -1n) >= BigInt(offset),
    );
  }

  /** Saves which topic a position belongs to, where that was not known before. */
  async identify(topic: string, partition: number, topicId: string): Promise<void> {
    await this.database.query(
      `UPDATE consumer_offset SET topic_id = $4
        WHERE group_id = $1 AND topic = $2 AND partition = $3 AND topic_id IS NULL`,
      [this.groupId, topic, partition, topicId],
    );
  }

  /** Compares and sets; locks the row until the transaction ends. @returns null when somebody else has moved it */
  async move(tx: Tx, topic: string, partition: number, from: string, to: string): Promise<Moved | null> {
    const [moved] = await tx.query<{ end: string | null; at: Date | null }>(
      `UPDATE consumer_offset SET position = $5, reached = greatest(reached, $5)
        WHERE group_id = $1 AND topic = $2 AND partition = $3 AND position = $4
       RETURNING backlog_end AS "end", backlog_at AS at`,
      [this.groupId, topic, partition, from, to],
    );
    if (!moved) return null;
    return { backlog: moved.end !== null && moved.at !== null ? { end: moved.end, at: moved.at } : null };
  }

  /**
   * Remembers that Kafka has seen this group further than the database has.
   * @returns the position that was stored; null when the database knows of having been so far
   */
  async admitSetback(tx: Tx, topic: string, partition: number, committed: string): Promise<string | null> {
    const [row] = await tx.query<{ position: string }>(
      `UPDATE consumer_offset SET reached = $4
        WHERE group_id = $1 AND topic = $2 AND partition = $3 AND greatest(reached, position) < $4
       RETURNING position`,
      [this.groupId, topic, partition, committed],
    );
    return row?.position ?? null;
  }

  /** As `move`, into a log that may be another topic's. */
  async restart(
    tx: Tx,
    topic: string,
    partition: number,
    from: StoredPosition,
    to: string,
    topicId: string | null,
  ): Promise<boolean> {
    const moved = await tx.query(
      `UPDATE consumer_offset SET position = $6, topic_id = $7,
              reached = CASE WHEN topic_id IS DISTINCT FROM $7::uuid THEN 0 ELSE greatest(reached, position) END
        WHERE group_id = $1 AND topic = $2 AND partition = $3 AND position = $4 AND topic_id IS NOT DISTINCT FROM $5::uuid
       RETURNING 1`,
      [this.groupId, topic, partition, from.position, from.topicId, to, topicId],
    );
    return moved.length > 0;
  }
}

/**
 * Moves positions of another group, forward or back, in the transaction of what that belongs to. A consumer that is at work
 * notices it before its next commit, and goes on from there.
 * @param ends full name of the topic → partition → the offset to be read next
 */
export const movePositions = async (tx: Tx, groupId: string, ends: TopicEnds): Promise<void> => {
  for (const [topic, partitions] of Object.entries(ends))
    for (const [partition, position] of Object.entries(partitions))
      await tx.query(
        `UPDATE consumer_offset SET position = $4, reached = greatest(reached, position, $4)
          WHERE group_id = $1 AND topic = $2 AND partition = $3`,
        [groupId, topic, Number(partition), position],
      );
};
