import type { Logger } from '@huma-poweroffice/platform';
import type { Consumer, TopicPartitionOffset } from 'kafkajs';

/** The offsets that the database still knows, when everything that it knows is on its disk. */
export type DurableOffsets = (offsets: TopicPartitionOffset[]) => Promise<TopicPartitionOffset[]>;

/**
 * Offsets as Kafka keeps them: for tools that show lag, and as a witness that our own database has been so far (see
 * `Setbacks`). Nothing is read from there, and committing may fail; but nothing is ever committed that a crash of the
 * database's server could still lose.
 */
export class KafkaOffsets {
  private readonly dirty = new Map<string, TopicPartitionOffset>();
  private committing: Promise<void> | null = null;

  constructor(
    private readonly consumer: Pick<Consumer, 'commitOffsets'>,
    private readonly durable: DurableOffsets,
    private readonly logger: Logger,
  ) {}

  note(topic: string, partition: number, offset: string): void {
    this.dirty.set(`${topic}/${String(partition)}`, { topic, partition, offset });
  }

  /** After a rebalance others have these partitions. */
  forget(): void {
    this.dirty.clear();
  }

  commit(): Promise<void> {
    if (this.dirty.size > 0) this.committing ??= this.send().finally(() => (this.committing = null));
    return this.committing ?? Promise.resolve();
  }

  private async send(): Promise<void> {
    const offsets = [...this.dirty.values()];
    this.dirty.clear();
    try {
      // A server that crashed after the offsets were noted may have lost what they stand for, and answer again by now.
      const kept = await this.durable(offsets);
      if (kept.length > 0) await this.consumer.commitOffsets(kept);
    } catch (error) {
      this.logger.debug({ err: error }, "Kafka's own offsets were not moved");
    }
  }
}
