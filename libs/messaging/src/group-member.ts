import type { TopicKey } from '@huma-poweroffice/contracts';
import type { Logger } from '@huma-poweroffice/platform';
import type { Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { PartitionReader } from './partition-reader.js';
import type { Placer } from './placer.js';
import { KafkaOffsets, type DurableOffsets } from './kafka-offsets.js';

export interface GroupMemberOptions {
  readonly groupId: string;
  /** Full name → topic. */
  readonly wanted: ReadonlyMap<string, TopicKey>;
  /** Called whenever the broker showed that it knows this member. */
  readonly onSign: () => void;
  /** Which offsets may be shown to Kafka. */
  readonly durable: DurableOffsets;
}

const RETRY_MS = 500;

/**
 * One life of a consumer in its group: from joining until it is ended, or found silent. Partitions are read only once it
 * is known from where: until then they are paused, because what kafkajs would fetch first comes from Kafka's own offsets.
 */
export class GroupMember {
  private readonly consumer: Consumer;
  private readonly offsets: KafkaOffsets;
  /** Where each partition of the present assignment is read from; a new map at every joining. */
  private places = new Map<string, string>();
  private placed = false;
  private ended = false;
  private crash: Error | null = null;
  private starting: Promise<void> = Promise.resolve();
  /** The last proofs that the group, and the reading, are alive; local milliseconds. */
  private heard = performance.now();
  private worked = performance.now();

  constructor(
    kafka: Kafka,
    private readonly reader: PartitionReader,
    private readonly placer: Placer,
    private readonly logger: Logger,
    private readonly options: GroupMemberOptions,
  ) {
    this.consumer = kafka.consumer({
      groupId: options.groupId,
      maxWaitTimeInMs: 200,
      // Slices of some hundred records are what PostgreSQL takes in fastest; one is done in a fraction of a second.
      maxBytesPerPartition: 524_288,
      sessionTimeout: 15_000,
      heartbeatInterval: 3000,
      rebalanceTimeout: 30_000,
      // Whoever watches makes a new one: a consumer that kafkajs restarts by itself cannot be stopped any more.
      retry: { restartOnFailure: () => Promise.resolve(false) },
    });
    this.offsets = new KafkaOffsets(this.consumer, options.durable, logger);
  }

  /** Joins in the background. */
  start(): void {
    this.starting = this.run().catch((error: unknown) => {
      this.crash ??= error instanceof Error ? error : new Error(String(error));
    });
  }

  /** Whether it reads all that it was given. */
  get isReading(): boolean {
    return this.placed && this.crash === null && !this.ended;
  }

  get failure(): Error | null {
    return this.crash;
  }

  /** Milliseconds without a sign of life: from the group, or from the reading. */
  get silentMs(): number {
    return performance.now() - Math.min(this.heard, this.worked);
  }

  /** Tells Kafka how far it is; for tools that show lag only. */
  showProgress(): Promise<void> {
    return this.offsets.commit();
  }

  /** Leaves the group; what does not end within the time is left to end by itself. */
  async end(withinMs: number): Promise<void> {
    this.ended = true;
    const leaving = (async () => {
      await this.offsets.commit();
      await this.consumer.disconnect();
      // A joining that was under way would go on reading.
      await this.starting;
      await this.consumer.disconnect();
    })().catch((error: unknown) => {
      this.logger.debug({ err: error }, 'a consumer did not leave its group in order');
    });
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([leaving, new Promise((done) => (timer = setTimeout(done, withinMs)))]);
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    const { consumer } = this;
    const { events } = consumer;
    consumer.on(events.HEARTBEAT, () => this.sign());
    consumer.on(events.FETCH, () => this.work());
    consumer.on(events.END_BATCH_PROCESS, ({ payload }) => this.passOver(payload));
    consumer.on(events.GROUP_JOIN, ({ payload }) => this.joined(payload.memberAssignment));
    consumer.on(events.CRASH, ({ payload }) => {
      this.crash ??= payload.error;
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.options.wanted.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 4,
      eachBatch: (payload) => this.take(payload),
    });
  }

  private sign(): void {
    this.heard = performance.now();
    this.options.onSign();
  }

  private work(): void {
    this.worked = performance.now();
  }

  /** Called before anything is fetched for the new assignment: kafkajs calls its listeners synchronously. */
  private joined(assignment: Readonly<Record<string, number[]>>): void {
    this.sign();
    this.places = new Map();
    this.offsets.forget();
    this.placed = false;
    void this.place(Object.entries(assignment)).then((done) => {
      if (done) this.placed = true;
    });
  }

  /** @returns false when another assignment came meanwhile, or the end */
  private async place(parts: readonly (readonly [string, readonly number[]])[]): Promise<boolean> {
    const { places } = this;
    const paused = parts.map(([topic, partitions]) => ({ topic, partitions: [...partitions] }));
    for (const { topic, partitions } of paused)
      for (const partition of partitions) places.delete(key(topic, partition));
    for (;;) {
      try {
        // It throws when the consumer is being stopped while it joins.
        if (paused.length > 0) this.consumer.pause(paused);
        const found = await Promise.all(paused.map((p) => this.placer.place(p.topic, p.partitions)));
        if (places !== this.places || this.ended) return false;
        paused.forEach(({ topic }, index) => {
          for (const [partition, offset] of found[index] ?? []) {
            places.set(key(topic, partition), offset);
            this.consumer.seek({ topic, partition, offset });
          }
        });
        if (paused.length > 0) this.consumer.resume(paused);
        return true;
      } catch (error) {
        if (places !== this.places || this.ended || this.crash) return false;
        this.logger.warn({ err: error }, 'where to read from is not known yet');
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }

  private async take({ batch, heartbeat, resolveOffset, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const topic = this.options.wanted.get(batch.topic);
    const { places } = this;
    const place = key(batch.topic, batch.partition);
    const from = places.get(place);
    if (!topic || from === undefined) return;
    const end = await this.reader.read(topic, batch, from, {
      fetchedFrom: fetchedFrom(batch),
      isCurrent: () => places === this.places && !this.ended && isRunning() && !isStale(),
      heartbeat: async () => {
        this.work();
        await heartbeat();
      },
      moved: (position, lastRead) => {
        places.set(place, position);
        if (places !== this.places) return;
        this.offsets.note(batch.topic, batch.partition, position);
        resolveOffset(lastRead);
      },
    });
    if (end === 'displaced' && places === this.places) void this.place([[batch.topic, [batch.partition]]]);
  }

  /** Records that are for nobody (the marks of transactions) come as a batch without messages: they are passed over. */
  private passOver(batch: { topic: string; partition: number; batchSize: number; lastOffset: string }): void {
    this.work();
    const { places } = this;
    const place = key(batch.topic, batch.partition);
    const from = places.get(place);
    if (batch.batchSize > 0 || from === undefined) return;
    const to = String(BigInt(batch.lastOffset) + 1n);
    void this.reader.skip(batch.topic, batch.partition, from, to).then((done) => {
      if (done && places.get(place) === from) places.set(place, to);
    });
  }
}

const key = (topic: string, partition: number): string => `${topic}/${String(partition)}`;

/** kafkajs keeps the offset that it asked for beside the batch, and does not show it in its types. */
const fetchedFrom = (batch: Batch): string => {
  const { fetchedOffset } = batch as Batch & { fetchedOffset?: unknown };
  return typeof fetchedOffset === 'string' ? fetchedOffset : (batch.firstOffset() ?? batch.lastOffset());
};
