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
  /** Called once, when all that was published is known here. */
  readonly compared: () => Promise<void>;
}

const RETRY_MS = 1000;

/** Where one group stands, another one stands too, unless it is further. */
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
 * Compares at the start what was published about connections with our database. The position in the topic is kept in the
 * database too, so a database that was restored from a backup reads again what was published since; what it does not know
 * of that is restored (docs/adr/0013). Until then nothing is published, because it could have the version of something else.
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

  /** Begins to compare; a broker or a topic that is not there yet is waited for in the background. */
  start(): void {
    this.running = this.run();
  }
  async stop(): Promise<void> {
    this.stopping.abort();
    this.alarm.ring();
    await this.running;
  }

  /** Whether all that had been published at the start is known here. */
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
    // A group of its own: in a common one the replicas would wait for each other, and for those that have ended.
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
