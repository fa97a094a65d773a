import type { Database, Tx } from '@huma-poweroffice/platform';

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

/** Compares what was saved with the log as it is. After a gap, reading begins at the start of the log. */
export const placementOf = (stored: StoredPosition | null, log: LogBounds): Placement => {
  if (stored === null) return { kind: 'first', at: log.low };
  const recreated = stored.topicId !== null && log.topicId !== null && stored.topicId !== log.topicId;
  if (recreated) return { kind: 'gap', at: log.low, cause: 'topic-recreated' };
  const position = BigInt(stored.position);
  if (position < BigInt(log.low) || position > BigInt(log.high))
    return { kind: 'gap', at: log.low, cause: 'out-of-range' };
  return { kind: 'continue', at: stored.position };
};

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

  /** All positions of these topics, by topic and partition. */
  async all(topics: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<number, string>>> {
    const rows = await this.database.query<{ topic: string; partition: number; position: string }>(
      'SELECT topic, partition, position FROM consumer_offset WHERE group_id = $1 AND topic = ANY($2::text[])',
      [this.groupId, topics],
    );
    const all = new Map<string, Map<number, string>>(topics.map((topic) => [topic, new Map()]));
    for (const { topic, partition, position } of rows) all.get(topic)?.set(partition, position);
    return all;
  }

  /** Saves where the first reader begins; a row that another consumer has saved meanwhile stays. */
  async begin(topic: string, partition: number, at: string, topicId: string | null): Promise<void> {
    await this.database.query(
      `INSERT INTO consumer_offset (group_id, topic, partition, position, topic_id) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (group_id, topic, partition)
       DO UPDATE SET topic_id = coalesce(consumer_offset.topic_id, excluded.topic_id)`,
      [this.groupId, topic, partition, at, topicId],
    );
  }

  /** Compares and sets; locks the row until the transaction ends. @returns false when somebody else has moved it */
  async move(tx: Tx, topic: string, partition: number, from: string, to: string): Promise<boolean> {
    const moved = await tx.query(
      `UPDATE consumer_offset SET position = $5
        WHERE group_id = $1 AND topic = $2 AND partition = $3 AND position = $4 RETURNING 1`,
      [this.groupId, topic, partition, from, to],
    );
    return moved.length > 0;
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
      `UPDATE consumer_offset SET position = $6, topic_id = $7
        WHERE group_id = $1 AND topic = $2 AND partition = $3 AND position = $4 AND topic_id IS NOT DISTINCT FROM $5::uuid
       RETURNING 1`,
      [this.groupId, topic, partition, from.position, from.topicId, to, topicId],
    );
    return moved.length > 0;
  }
}
