import type { Database, Tx } from '@huma-poweroffice/platform';

/** Partition → offset of the first record that Huma published after its restore. */
export type RestoredFrom = ReadonlyMap<number, string>;

/** What operators have said about restores of Huma: from which offsets on a topic counts. */
export class RestoreRepository {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Writes down what an operator says; the next rebuild carries it out. @param topic the full name */
  async declare(tx: Tx, topic: string, topicId: string | null, from: RestoredFrom): Promise<void> {
    await tx.query('DELETE FROM huma_restore WHERE topic = $1', [topic]);
    await tx.query(
      `INSERT INTO huma_restore (topic, topic_id, partition, from_offset)
       SELECT $1, $2::uuid, * FROM unnest($3::integer[], $4::bigint[])`,
      [topic, topicId, [...from.keys()], [...from.values()]],
    );
  }

  /** Whether a restore was declared whose people were not replaced yet. */
  async isPending(topic: string): Promise<boolean> {
    const rows = await this.database.query('SELECT 1 FROM huma_restore WHERE topic = $1 AND done_at IS NULL LIMIT 1', [
      topic,
    ]);
    return rows.length > 0;
  }

  async finish(tx: Tx, topic: string): Promise<void> {
    await tx.query('UPDATE huma_restore SET done_at = clock_timestamp() WHERE topic = $1 AND done_at IS NULL', [topic]);
  }

  /** From where a partition counts; null: all of it. What was said of a topic that was deleted since means nothing. */
  async notBefore(topic: string, partition: number, topicId: string | null): Promise<string | null> {
    const [row] = await this.database.query<{ from: string }>(
      `SELECT from_offset AS "from" FROM huma_restore
        WHERE topic = $1 AND partition = $2 AND ($3::uuid IS NULL OR topic_id IS NULL OR topic_id = $3)`,
      [topic, partition, topicId],
    );
    return row?.from ?? null;
  }
}
