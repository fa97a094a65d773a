import type { Logger } from '@huma-poweroffice/platform';
import type { Consumer, TopicPartitionOffset } from 'kafkajs';

/** Offsets as Kafka keeps them. Nothing is read from there: they are for tools that show lag, and may fail. */
export class KafkaOffsets {
  private readonly dirty = new Map<string, TopicPartitionOffset>();
  private committing: Promise<void> | null = null;

  constructor(
    private readonly consumer: Consumer,
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
    await this.consumer.commitOffsets(offsets).catch((error: unknown) => {
      this.logger.debug({ err: error }, "Kafka's own offsets were not moved");
    });
  }
}
