import { randomUUID } from 'node:crypto';
import type { ConnectionChanged } from '@huma-poweroffice/contracts';
import { BatchConsumer, readRecord, type RawRecord, type Slice } from '@huma-poweroffice/messaging';
import type { Database, Logger, Tx } from '@huma-poweroffice/platform';
import type { Kafka } from 'kafkajs';
import { Alarm } from '../alarm.js';
import type { ConnectionChanges } from '../connections/connection-changes.js';
import { newest } from './restored.js';

export interface PublishedOptions {
  readonly topicPrefix: string;
  /** Called once, when the whole topic has been compared. */
  readonly compared: () => Promise<void>;
}

const RETRY_MS = 1000;

/** Copies the positions of one consumer group to another, except where the other one is ahead. */
const copyPositions = async (database: Database, from: string, to: string): Promise<void> => {
  await database.query(
    `INSERT INTO consumer_offset (group_id, topic, partition, position, topic_id)
     SELECT $2, topic, partition, position, topic_id FROM consumer_offset WHERE group_id = $1
     ON CONFLICT (group_id, topic, partition) DO UPDATE SET position = excluded.position, topic_id = excluded.topic_id
      WHERE consumer_offset.topic_id IS DISTINCT FROM excluded.topic_id OR consumer_offset.position < excluded.position`,
    [from, to],
  );
};

/**
 * Compares the topic of connections with our database at the start. The position in the topic is stored in the
 * database, so after a restore from a backup everything published since the backup is read again, and states that the
 * database does not know are restored (docs/adr/0013). Nothing is published before that, because it could reuse a
 * published version.
 */
export class PublishedConnections {
  private running: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();
  private readonly alarm = new Alarm();
  private known = false;

  constructor(
    private readonly database: Database,
    private readonly kafka: Kafka,
    private readonly changes: Pick<ConnectionChanges, 'restore'>,
    private readonly options: PublishedOptions,
    private readonly logger: Logger,
  ) {}

  /** Starts the comparison in the background, where it waits for the broker and the topic. */
  start(): void {
    this.running = this.run();
  }
  async stop(): Promise<void> {
    this.stopping.abort();
    this.alarm.ring();
    await this.running;
  }

  /** Whether the comparison has finished. */
  get isCompared(): boolean {
    return this.known;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted && !this.known) {
      try {
        await this.compare();
        this.known = true;
        await this.options.compared();
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.logger.warn({ err: error }, 'the published connections could not be compared, trying again');
        await this.alarm.within(RETRY_MS);
      }
    }
  }

  private async compare(): Promise<void> {
    const { topicPrefix } = this.options;
    const kept = `${topicPrefix}connector-config-published`;
    // Replicas in a common group would wait for each other, and for members that have ended without leaving.
    const own = `${kept}-${randomUUID()}`;
    const consumer = this.createConsumer(own);
    await copyPositions(this.database, kept, own);
    try {
      if (!(await consumer.hasReached(await consumer.ends()))) {
        await consumer.start();
        await consumer.caughtUp(this.stopping.signal);
      }
    } finally {
      await consumer.stop();
      await copyPositions(this.database, own, kept);
      await this.database.query('DELETE FROM consumer_offset WHERE group_id = $1', [own]);
    }
  }

  private createConsumer(groupId: string): BatchConsumer {
    const { topicPrefix } = this.options;
    return new BatchConsumer(this.database, this.kafka, this.logger, {
      groupId,
      topics: ['connections'],
      topicPrefix,
      handle: (slice, tx) => this.handle(slice, tx),
      putAside: (_, record, reason) => {
        this.unreadable(record, reason.code);
        return Promise.resolve();
      },
      onGap: (gap) => {
        this.logger.warn({ gap }, 'the topic of connections is another one, or was cut; it is compared as a whole');
      },
    });
  }

  private async handle(slice: Slice, tx: Tx): Promise<void> {
    for (const published of newest(slice.records.flatMap((record) => this.read(record)))) {
      const after = await this.changes.restore(tx, published);
      if (after)
        this.logger.error(
          { connectionId: after.connectionId, published: published.version, version: after.version },
          'a published connection is not known to the database, which was restored; the connection is held',
        );
    }
  }

  private read(record: RawRecord): ConnectionChanged[] {
    const read = readRecord('connections', record);
    if (!read.ok) this.unreadable(record, read.reason.code);
    return read.ok && read.event?.type === 'poweroffice.connection.changed.v1' ? [read.event.value] : [];
  }

  private unreadable({ offset }: RawRecord, code: string): void {
    this.logger.error({ offset, code }, 'what was published about a connection cannot be read');
  }
}
