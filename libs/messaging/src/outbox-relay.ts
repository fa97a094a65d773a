import { createHash, randomUUID } from 'node:crypto';
import type { Database, Logger } from '@huma-poweroffice/platform';
import type { Kafka } from 'kafkajs';
import { isTooLarge, KafkaPublisher, type Publishable, type Publisher } from './publisher.js';

interface Row extends Publishable {
  readonly id: string;
}

export interface OutboxRelayOptions {
  readonly publisher?: Publisher;
  /** How long a relay that fell silent keeps the others from publishing, in milliseconds. */
  readonly leaseMs?: number;
}

/** How much waits in the outbox, for metrics and readiness. */
export interface OutboxState {
  readonly depth: number;
  /** Age of the oldest message in seconds; 0 when there is none. */
  readonly oldestSeconds: number;
}

const MAX_ROWS = 500;
/** A broker takes 1 MiB per partition and request unless told otherwise (`message.max.bytes`). */
const MAX_BYTES = 512 * 1024;
/** Room for what a message has beside its key, headers and value. */
const FRAME_BYTES = 256;
const POLL_MS = 2000;
const RETRY_MS = 500;

/**
 * Publishes what the outbox holds, oldest first, and deletes it once every in-sync replica has it. A crash in between
 * publishes some of it twice, never not at all.
 *
 * One relay publishes at a time over all replicas, which keeps the order per key. It holds a lease that outlasts the
 * longest attempt to publish: a lock of the database's would go to the next relay as soon as the connection breaks, while
 * the first is still repeating an older batch.
 */
export class OutboxRelay {
  private readonly holder = randomUUID();
  private readonly publisher: Publisher;
  private readonly leaseMs: number;
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  /** The last attempt to publish failed: what it sent may still arrive. */
  private inDoubt = false;
  /** How many of the oldest are published one by one, because one among them is too large. */
  private apart = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    kafka: Kafka,
    private readonly topicPrefix: string,
    private readonly logger: Logger,
    options: OutboxRelayOptions = {},
  ) {
    this.publisher = options.publisher ?? new KafkaPublisher(kafka);
    this.leaseMs = options.leaseMs ?? 15_000;
  }

  /** Begins to publish; a broker or database that is not there yet is waited for in the background. */
  async start(): Promise<void> {
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

  /** Finishes what is under way and lets another relay take over: at once, unless an abandoned request may still land. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.again = false;
    clearInterval(this.timer);
    await this.running;
    await this.publisher.close();
    if (this.inDoubt) return;
    await this.database.query('DELETE FROM outbox_lease WHERE holder = $1', [this.holder]).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'the lease of the outbox ends by itself');
    });
  }

  async state(): Promise<OutboxState> {
    const [row] = await this.database.query<{ depth: number; seconds: number }>(
      `SELECT count(*)::int AS depth, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS seconds
         FROM outbox`,
    );
    return { depth: row?.depth ?? 0, oldestSeconds: row?.seconds ?? 0 };
  }

  private async drain(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        while (!this.stopped && (await this.publishBatch()));
      } catch (error) {
        this.logger.warn({ err: error }, 'publishing from the outbox failed, trying again');
        await new Promise((done) => setTimeout(done, RETRY_MS));
        this.again = true;
      }
    }
  }

  /** @returns whether anything was published */
  private async publishBatch(): Promise<boolean> {
    const asked = performance.now();
    if (!(await this.lease())) return false;
    const rows = await this.oldest(this.apart > 0 ? 1 : MAX_ROWS);
    const [oldest] = rows;
    if (!oldest) return false;
    // Of the lease, a third is for publishing, the rest for what an attempt that was given up may still do.
    const withinMs = this.leaseMs / 3 - (performance.now() - asked);
    if (withinMs <= 0) throw new Error('The database was too slow to publish within the lease');
    try {
      await this.publish(rows, withinMs);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      if (rows.length > 1) {
        this.apart = rows.length;
        return true;
      }
      // The broker has answered: nothing is under way any more, and it will never take this one.
      this.inDoubt = false;
      this.dismiss(oldest, error);
    }
    this.apart = Math.max(0, this.apart - 1);
    await this.database.query('DELETE FROM outbox WHERE id = ANY($1::bigint[])', [rows.map((r) => r.id)]);
    return true;
  }

  private async publish(rows: readonly Row[], withinMs: number): Promise<void> {
    this.inDoubt = true;
    await this.publisher.publish(
      rows.map(({ topic, key, headers, value }) => ({ topic: this.topicPrefix + topic, key, headers, value })),
      withinMs,
    );
    this.inDoubt = false;
  }

  /** Says that a message is lost, in words that name nobody. */
  private dismiss({ topic, key, headers, value }: Row, error: unknown): void {
    const keySha256 = createHash('sha256').update(key).digest('hex');
    const size = Buffer.byteLength(key) + Buffer.byteLength(JSON.stringify(headers)) + (value?.length ?? 0);
    this.logger.error(
      { err: error, topic, keySha256, size, eventType: headers['ce_type'], eventId: headers['ce_id'] },
      'the broker does not take a message of that size: it is lost',
    );
  }

  /** Takes or renews the lease, by the database's clock. @returns whether this relay may publish */
  private async lease(): Promise<boolean> {
    const held = await this.database.query(
      `INSERT INTO outbox_lease (only_one, holder, ends_at) VALUES (true, $1, clock_timestamp() + $2 * interval '1 ms')
       ON CONFLICT (only_one) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at
        WHERE outbox_lease.holder = excluded.holder OR outbox_lease.ends_at < clock_timestamp()
       RETURNING 1`,
      [this.holder, this.leaseMs],
    );
    return held.length > 0;
  }

  /** As much of the oldest as one request takes, and at least one message. */
  private oldest(most: number): Promise<Row[]> {
    return this.database.query<Row>(
      `SELECT id, topic, key, headers, value
         FROM (SELECT o.*, row_number() OVER up_to AS n,
                      sum(octet_length(key) + octet_length(headers::text) + coalesce(octet_length(value), 0)
                          + ${String(FRAME_BYTES)}) OVER up_to AS bytes
                 FROM (SELECT * FROM outbox ORDER BY id LIMIT $1) o WINDOW up_to AS (ORDER BY id)) s
        WHERE n = 1 OR bytes <= ${String(MAX_BYTES)}
        ORDER BY id`,
      [most],
    );
  }
}
