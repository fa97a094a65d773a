import type { TopicKey } from '@huma-poweroffice/contracts';
import type { Database, Logger } from '@huma-poweroffice/platform';
import type { Batch, KafkaMessage } from 'kafkajs';
import type { Placer } from './placer.js';
import type { Positions } from './positions.js';
import type { RawRecord } from './records.js';
import { Overtaken, type Slice, type SliceRunner } from './slice-runner.js';

/** What a reader must know of the consumer that fetched a batch. */
export interface Fetched {
  /** The offset that was asked for. */
  readonly fetchedFrom: string;
  /** Whether the partition is still this consumer's, and to be read from here. */
  readonly isCurrent: () => boolean;
  readonly heartbeat: () => Promise<void>;
  /** Called after each commit: the new position, and the last record that was read. */
  readonly moved: (position: string, lastRead: string) => void;
}

/** `displaced`: the batch does not continue what is stored; where to read from must be found anew. */
export type ReadingEnd = 'read' | 'given-up' | 'displaced';

/** The partition was lost, or everything ends: what is under way is left to whoever reads it next. */
class GivenUp extends Error {}

/** Reads batches of a partition in slices. Nothing comes out of it for data; only what kafkajs must hear of its group. */
export class PartitionReader {
  constructor(
    private readonly database: Database,
    private readonly slices: SliceRunner,
    private readonly positions: Positions,
    private readonly placer: Placer,
    private readonly options: { readonly logger: Logger; readonly sliceSizeOf: (topic: TopicKey) => number },
  ) {}

  async read(topic: TopicKey, batch: Batch, from: string, fetched: Fetched): Promise<ReadingEnd> {
    if (!(await this.follows(batch, from, fetched.fetchedFrom))) return 'displaced';
    const keepAlive = async (): Promise<void> => {
      if (!fetched.isCurrent()) throw new GivenUp();
      await fetched.heartbeat();
    };
    const { topic: topicName, partition, messages } = batch;
    const sliceSize = this.options.sliceSizeOf(topic);
    let position = from;
    try {
      for (let i = 0; i < messages.length; i += sliceSize) {
        if (!fetched.isCurrent()) return 'given-up';
        const part = messages.slice(i, i + sliceSize);
        const slice: Slice = { topic, topicName, partition, records: part.map(toRecord) };
        position = await this.slices.run(slice, position, keepAlive);
        fetched.moved(position, (part.at(-1) as KafkaMessage).offset);
        await fetched.heartbeat();
      }
      const next = String(BigInt(batch.lastOffset()) + 1n);
      if (BigInt(next) > BigInt(position) && (await this.skip(topicName, partition, position, next)))
        fetched.moved(next, batch.lastOffset());
      return 'read';
    } catch (error) {
      if (error instanceof GivenUp) return 'given-up';
      if (!(error instanceof Overtaken)) throw error;
      this.options.logger.info({ topic: topicName, partition }, 'another consumer has moved on; reading from there');
      return 'displaced';
    }
  }

  /** Moves the position over records that are for nobody. @returns false when it could not, or somebody else has moved it */
  skip(topic: string, partition: number, from: string, to: string): Promise<boolean> {
    if (BigInt(to) <= BigInt(from)) return Promise.resolve(false);
    return this.database
      .transaction((tx) => this.positions.move(tx, topic, partition, from, to))
      .then(
        (moved) => moved !== null,
        () => false,
      );
  }

  /**
   * A batch that was asked for beyond our position is fine when nothing for us lies in between. Where the start of the
   * log has moved past us, kafkajs jumps there without a word.
   */
  private async follows({ topic, partition }: Batch, from: string, fetchedFrom: string): Promise<boolean> {
    const [wanted, asked] = [BigInt(from), BigInt(fetchedFrom)];
    if (wanted === asked) return true;
    return asked > wanted && (await this.placer.isKept(topic, partition, from).catch(() => false));
  }
}

const toRecord = (m: KafkaMessage): RawRecord => ({
  offset: m.offset,
  timestamp: m.timestamp,
  key: m.key,
  value: m.value,
  headers: Object.fromEntries(Object.entries(m.headers ?? {}).map(([name, value]) => [name, String(value)])),
});
