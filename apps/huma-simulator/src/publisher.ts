import { randomUUID } from 'node:crypto';
import { kafkajs } from '@huma-poweroffice/kafkajs';
import type { Producer } from 'kafkajs';
import type { Config } from './config.js';
import type { Message } from './model.js';
import type { Store } from './store.js';

const { Kafka, logLevel } = kafkajs;

const BATCH = 1000;

/** Publishes what the store holds, in order, as Huma's domain services do. */
export class Publisher {
  private readonly producer: Producer;
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;

  constructor(
    private readonly config: Config,
    private readonly store: Store,
  ) {
    const kafka = new Kafka({ clientId: 'huma-simulator', brokers: config.brokers, logLevel: logLevel.NOTHING });
    this.producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { retries: 20, maxRetryTime: 2000 },
    });
  }

  async start(): Promise<void> {
    await this.producer.connect();
    this.wake();
  }

  /** Something was saved: it goes out soon, also when the brokers are away for a while. */
  wake(): void {
    this.again = true;
    this.running ??= this.drain().finally(() => {
      this.running = null;
      if (this.again && !this.stopped) this.wake();
    });
  }

  /** Resolves when everything saved so far is at the brokers. */
  async flush(): Promise<void> {
    this.wake();
    await this.running;
  }

  private async drain(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        for (let batch = await this.store.pending(BATCH); batch.length > 0; batch = await this.store.pending(BATCH)) {
          await this.send(batch);
          await this.store.published(batch.map((m) => m.id));
        }
      } catch (error) {
        process.stderr.write(`publishing failed, trying again: ${String(error)}\n`);
        this.again = true;
        await new Promise((done) => setTimeout(done, 500));
      }
    }
  }

  async send(messages: Message[]): Promise<void> {
    const topics = new Map<string, Message[]>();
    for (const m of messages) topics.set(m.topic, [...(topics.get(m.topic) ?? []), m]);
    for (const [topic, list] of topics) {
      await this.raw(
        topic,
        list.map((m) => ({ key: m.key, value: JSON.stringify(m.value), headers: headersOf(m) })),
      );
    }
  }

  /** Bytes as they are, for messages that no service should be able to read. */
  async raw(
    topic: string,
    messages: { key: string | null; value: string | null; headers?: Record<string, string> }[],
  ): Promise<void> {
    await this.producer.send({ topic: `${this.config.topicPrefix}${topic}`, messages, acks: -1 });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    await this.producer.disconnect();
  }
}

const headersOf = (m: Message): Record<string, string> => ({
  ce_id: randomUUID(),
  ce_type: m.type,
  ce_source: 'huma',
  ce_specversion: '1.0',
  ce_subject: m.key,
  ce_time: new Date().toISOString(),
  'content-type': 'application/json',
});
