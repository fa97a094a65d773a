import type { Database, Logger } from '@huma-poweroffice/platform';
import type { Kafka, Producer } from 'kafkajs';

interface Row {
  id: string;
  topic: string;
  key: string;
  headers: Record<string, string>;
  value: Buffer | null;
}

const BATCH = 500;
const POLL_MS = 2000;
const RETRY_MS = 500;
// Any number, as long as all replicas use the same: who holds it in its transaction publishes.
const RELAY_LOCK = 7_101_985;

/**
 * Publishes what the outbox holds, oldest first, and deletes it once every in-sync replica has it. One relay at a time
 * over all replicas, so that the order per key is kept; a crash in between publishes a batch twice, never not at all.
 */
export class OutboxRelay {
  private readonly producer: Producer;
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    kafka: Kafka,
    private readonly topicPrefix: string,
    private readonly logger: Logger,
  ) {
    this.producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  }

  async start(): Promise<void> {
    await this.producer.connect();
    this.timer = setInterval(() => {
      this.wake();
    }, POLL_MS);
    this.wake();
  }

  /** Something may be there to publish. */
  wake(): void {
    this.again = true;
    if (this.stopped) return;
    this.running ??= this.drain().finally(() => {
      this.running = null;
      if (this.again) this.wake();
    });
  }

  private async drain(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        while ((await this.publishBatch()) === BATCH);
      } catch (error) {
        this.logger.warn({ err: error }, 'publishing from the outbox failed, trying again');
        await new Promise((done) => setTimeout(done, RETRY_MS));
        this.again = true;
      }
    }
  }

  private publishBatch(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const [lock] = await tx.query<{ held: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS held', [RELAY_LOCK]);
      if (!lock?.held) return 0;
      const rows = await tx.query<Row>('SELECT id, topic, key, headers, value FROM outbox ORDER BY id LIMIT $1', [
        BATCH,
      ]);
      if (rows.length === 0) return 0;
      const byTopic = new Map<string, Row[]>();
      for (const row of rows) byTopic.set(row.topic, [...(byTopic.get(row.topic) ?? []), row]);
      await this.producer.sendBatch({
        acks: -1,
        topicMessages: [...byTopic].map(([topic, messages]) => ({
          topic: this.topicPrefix + topic,
          messages: messages.map(({ key, value, headers }) => ({ key, value, headers })),
        })),
      });
      await tx.query('DELETE FROM outbox WHERE id = ANY($1::bigint[])', [rows.map((r) => r.id)]);
      return rows.length;
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.again = false;
    clearInterval(this.timer);
    await this.running;
    await this.producer.disconnect();
  }
}
