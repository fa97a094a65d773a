import type { Logger } from '@huma-poweroffice/platform';
import type { Consumer, TopicPartitionOffset } from 'kafkajs';

/**
 * Offsets as Kafka keeps them: for tools that show lag, and as a witness that our own database has been so far (see
 * `Setbacks`). Nothing is read from there, and committing may fail; but nothing is ever committed that a crash of the
 * database's server could still lose.
 */
export class KafkaOffsets {
  private readonly dirty = new Map<string, TopicPartitionOffset>();
  private committing: Promise<void> | null = null;

  constructor(
    private readonly consumer: Consumer,
    /** Resolves when everything that was committed to the database before is on its disk. */
    private readonly flush: () => Promise<unknown>,
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
      await this.flush();
      await this.consumer.commitOffsets(offsets);
    } catch (error) {
      this.logger.debug({ err: error }, "Kafka's own offsets were not moved");
    }
  }
}
