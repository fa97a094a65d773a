import type { TopicKey } from '@huma-poweroffice/contracts';
import type { Database, Tx } from '@huma-poweroffice/platform';
import type { Positions } from './positions.js';
import type { TopicLog } from './topic-log.js';

/**
 * Our own database knows less of a partition than Kafka does. Offsets are committed to Kafka only once the database has
 * them on disk, so the database was restored from a backup, or was lost.
 */
export interface Setback {
  readonly topic: TopicKey;
  readonly partition: number;
  readonly kind: 'restored' | 'lost';
  /** The position in the database; null when it was lost. */
  readonly stored: string | null;
  /** The position that the group has committed to Kafka. */
  readonly committed: string;
}

/** Awaited in the transaction that remembers the setback; what it throws leaves it to be found again. */
export type SetbackListener = (setback: Setback, tx: Tx) => unknown;

/** Full name → partition → offset that the group has committed to Kafka. */
type Committed = ReadonlyMap<string, ReadonlyMap<number, string>>;

/** Compares the positions in the database with those that the group has committed to Kafka. */
export class Setbacks {
  private committed: Committed = new Map();

  constructor(
    private readonly database: Database,
    private readonly positions: Positions,
    private readonly log: TopicLog,
    private readonly of: {
      readonly groupId: string;
      readonly wanted: ReadonlyMap<string, TopicKey>;
      readonly onSetback: SetbackListener;
    },
  ) {}

  /** Reports each partition of these topics (full names) of which the database knows less than Kafka, once. */
  async check(topics: readonly string[]): Promise<void> {
    const found = await this.log.committed(this.of.groupId, topics);
    this.committed = new Map([...this.committed, ...found]);
    for (const [topic, partitions] of found)
      for (const [partition, committed] of partitions) await this.checkOne(topic, partition, committed);
  }

  /** Reports that the database knew nothing of a partition, if Kafka knows that it was read before. */
  async reportLoss(tx: Tx, topic: string, partition: number): Promise<void> {
    const key = this.of.wanted.get(topic);
    const committed = this.committed.get(topic)?.get(partition);
    if (key && committed !== undefined)
      await this.of.onSetback({ topic: key, partition, kind: 'lost', stored: null, committed }, tx);
  }

  private async checkOne(topic: string, partition: number, committed: string): Promise<void> {
    const key = this.of.wanted.get(topic);
    if (!key) return;
    await this.database.transaction(async (tx) => {
      const stored = await this.positions.admitSetback(tx, topic, partition, committed);
      if (stored !== null) await this.of.onSetback({ topic: key, partition, kind: 'restored', stored, committed }, tx);
    });
  }
}
