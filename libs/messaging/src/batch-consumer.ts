import { topics, type TopicKey } from '@huma-poweroffice/contracts';
import { isTransient, type Database, type Logger, type Tx } from '@huma-poweroffice/platform';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { registerCodecs } from './codecs.js';
import type { RawRecord, Unreadable } from './records.js';

/** Records of one partition that are handled together, in one transaction with the offset. */
export interface Slice {
  readonly topic: TopicKey;
  /** The topic's full name, with the prefix. */
  readonly topicName: string;
  readonly partition: number;
  readonly records: readonly RawRecord[];
}

export interface BatchConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly TopicKey[];
  readonly topicPrefix: string;
  /** Saves what the slice says. Never throws for bad data; what it throws rolls the slice back, and it is tried again. */
  readonly handle: (slice: Slice, tx: Tx) => Promise<void>;
  /** Puts one record aside that cannot be handled, in the same transaction as the offset. */
  readonly putAside: (slice: Slice, record: RawRecord, reason: Unreadable, tx: Tx) => Promise<void>;
  /** The stored position lies outside the log: something was lost or the topic is another one. It begins at the start. */
  readonly onGap: (gap: { topic: TopicKey; partition: number; stored: string; low: string; high: string }) => void;
  readonly sliceSize?: number;
}

const TRIES = 3;
const RETRY_MS = 500;

/** Another consumer has moved the position on: this one lost the partition and must not commit. */
class Overtaken extends Error {}

/**
 * Reads topics in slices. The position lives in our own database, in the transaction of the data, and is compared and
 * set: two consumers that disagree about who has a partition cannot both commit. Kafka's own offsets are only for tools
 * that show lag.
 */
export class BatchConsumer {
  private readonly consumer: Consumer;
  private readonly byName: ReadonlyMap<string, TopicKey>;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly kafka: Kafka,
    private readonly logger: Logger,
    private readonly options: BatchConsumerOptions,
  ) {
    this.byName = new Map(options.topics.map((key) => [options.topicPrefix + topics[key].name, key]));
    this.consumer = kafka.consumer({
      groupId: options.groupId,
      maxWaitTimeInMs: 200,
      maxBytesPerPartition: 262_144,
      sessionTimeout: 15_000,
      heartbeatInterval: 3000,
      rebalanceTimeout: 30_000,
    });
  }

  /** Waits for the topics, joins the group and reads from the stored positions. */
  async start(): Promise<void> {
    await registerCodecs();
    await this.waitForTopics();
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [...this.byName.keys()], fromBeginning: true });
    this.consumer.on(this.consumer.events.GROUP_JOIN, ({ payload }) => {
      void this.seekToStored(payload.memberAssignment).catch((error: unknown) => {
        this.logger.error({ err: error }, 'the stored positions could not be read');
      });
    });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 4,
      eachBatch: (batch) => this.handleBatch(batch),
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.consumer.disconnect();
  }

  private async waitForTopics(): Promise<void> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      for (let told = false; !this.stopped;) {
        const there = new Set(await admin.listTopics());
        const missing = [...this.byName.keys()].filter((name) => !there.has(name));
        if (missing.length === 0) return;
        if (!told) this.logger.warn({ missing }, 'waiting for topics that do not exist yet');
        told = true;
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    } finally {
      await admin.disconnect();
    }
  }

  /** A position outside the log is said loudly, and reading begins at the start: never a silent jump. */
  private async seekToStored(assignment: Record<string, number[]>): Promise<void> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      for (const [topicName, partitions] of Object.entries(assignment)) {
        const topic = this.byName.get(topicName);
        if (!topic) continue;
        const bounds = new Map((await admin.fetchTopicOffsets(topicName)).map((b) => [b.partition, b]));
        for (const partition of partitions) {
          const { low = '0', high = '0' } = bounds.get(partition) ?? {};
          const stored = await this.stored(topicName, partition);
          const lost = stored !== null && (BigInt(stored) < BigInt(low) || BigInt(stored) > BigInt(high));
          if (lost) {
            this.options.onGap({ topic, partition, stored, low, high });
            await this.database.query(
              'UPDATE consumer_offset SET position = $4 WHERE group_id = $1 AND topic = $2 AND partition = $3',
              [this.options.groupId, topicName, partition, low],
            );
          }
          this.consumer.seek({ topic: topicName, partition, offset: stored === null || lost ? low : stored });
        }
      }
    } finally {
      await admin.disconnect();
    }
  }

  private async stored(topicName: string, partition: number): Promise<string | null> {
    const [row] = await this.database.query<{ position: string }>(
      'SELECT position FROM consumer_offset WHERE group_id = $1 AND topic = $2 AND partition = $3',
      [this.options.groupId, topicName, partition],
    );
    return row?.position ?? null;
  }

  private async handleBatch({ batch, heartbeat, resolveOffset, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const topic = this.byName.get(batch.topic);
    if (!topic) return;
    const { partition } = batch;
    let position = await this.stored(batch.topic, partition);
    // What was fetched before the seek took effect is old news.
    const messages = batch.messages.filter((m) => position === null || BigInt(m.offset) >= BigInt(position));
    const size = this.options.sliceSize ?? 500;
    for (let i = 0; i < messages.length && isRunning() && !isStale() && !this.stopped; i += size) {
      const part = messages.slice(i, i + size);
      const last = part.at(-1) as KafkaMessage;
      const slice: Slice = { topic, topicName: batch.topic, partition, records: part.map(toRecord) };
      try {
        position = await this.commitSlice(slice, position, heartbeat);
      } catch (error) {
        if (!(error instanceof Overtaken)) throw error;
        const stored = await this.stored(batch.topic, partition);
        this.logger.info(
          { topic: batch.topic, partition, stored },
          'another consumer has moved on; reading from there',
        );
        if (stored !== null) this.consumer.seek({ topic: batch.topic, partition, offset: stored });
        return;
      }
      resolveOffset(last.offset);
      await heartbeat();
    }
  }

  /** @returns the new position */
  private async commitSlice(slice: Slice, from: string | null, heartbeat: () => Promise<void>): Promise<string> {
    for (let failures = 0; ;) {
      try {
        return await this.transact(slice, from, (tx) => this.options.handle(slice, tx));
      } catch (error) {
        if (error instanceof Overtaken || this.stopped) throw error;
        if (!isTransient(error)) failures += 1;
        this.logger.warn(
          { err: error, topic: slice.topicName, partition: slice.partition },
          'a slice failed, trying again',
        );
        if (failures >= TRIES) return this.oneByOne(slice, from, error, heartbeat);
        await heartbeat();
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }

  /** A slice that fails again and again is handled record by record, so that only the poison is put aside. */
  private async oneByOne(
    slice: Slice,
    from: string | null,
    cause: unknown,
    heartbeat: () => Promise<void>,
  ): Promise<string> {
    if (slice.records.length === 1) {
      const record = slice.records[0] as RawRecord;
      const code = (cause as { code?: unknown }).code;
      const detail = `The record could not be handled (${typeof code === 'string' ? code : 'error'})`;
      return this.transact(slice, from, (tx) => this.options.putAside(slice, record, { code: 'bug', detail }, tx));
    }
    let position = from;
    for (const record of slice.records)
      position = await this.commitSlice({ ...slice, records: [record] }, position, heartbeat);
    return position as string;
  }

  /** Does the work and moves the position in one transaction, only if nobody else has moved it. */
  private transact(slice: Slice, from: string | null, work: (tx: Tx) => Promise<void>): Promise<string> {
    const last = slice.records.at(-1) as RawRecord;
    const next = String(BigInt(last.offset) + 1n);
    return this.database.transaction(async (tx) => {
      const place = [this.options.groupId, slice.topicName, slice.partition];
      // The row is taken first: the loser of a race waits here and has done nothing.
      const moved =
        from === null
          ? await tx.query('INSERT INTO consumer_offset VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1', [
              ...place,
              next,
            ])
          : await tx.query(
              'UPDATE consumer_offset SET position = $4 WHERE group_id = $1 AND topic = $2 AND partition = $3 AND position = $5 RETURNING 1',
              [...place, next, from],
            );
      if (moved.length === 0) throw new Overtaken();
      await work(tx);
      return next;
    });
  }
}

const toRecord = (m: KafkaMessage): RawRecord => ({
  offset: m.offset,
  timestamp: m.timestamp,
  key: m.key,
  value: m.value,
  headers: Object.fromEntries(Object.entries(m.headers ?? {}).map(([name, value]) => [name, String(value)])),
});
