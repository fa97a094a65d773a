import { kafkajs } from '@huma-poweroffice/kafkajs';
import type { Kafka, Producer, TopicMessages } from 'kafkajs';

/** One message under the full name of its topic. */
export interface Publishable {
  readonly topic: string;
  readonly key: string;
  readonly headers: Record<string, string>;
  /** Null: a tombstone. */
  readonly value: Buffer | null;
}

/** Where the outbox goes. */
export interface Publisher {
  /**
   * Resolves when every in-sync replica has all messages, in this order per key. When it rejects, nobody knows which
   * arrived; no new attempt begins later than `withinMs` after the call.
   */
  publish(messages: readonly Publishable[], withinMs: number): Promise<void>;
  close(): Promise<void>;
}

/** A producer, for as long as nothing of it failed. */
interface Attempt {
  readonly producer: Producer;
  connected?: Promise<void>;
  abandoned: boolean;
}

/** Publishes through kafkajs. */
export class KafkaPublisher implements Publisher {
  private current: Attempt | null = null;

  constructor(private readonly kafka: Kafka) {}

  async publish(messages: readonly Publishable[], withinMs: number): Promise<void> {
    const byTopic = new Map<string, Pick<Publishable, 'key' | 'value' | 'headers'>[]>();
    for (const { topic, ...message } of messages) byTopic.set(topic, [...(byTopic.get(topic) ?? []), message]);
    const topicMessages = [...byTopic].map(([topic, some]) => ({ topic, messages: some }));
    this.current ??= this.create();
    const used = this.current;
    const sending = this.send(used, topicMessages);
    try {
      await within(withinMs, sending);
    } catch (error) {
      // kafkajs gives the next batch the sequence number of the one that failed. Had that arrived after all, the broker
      // would take the next one for its duplicate and drop it: so a producer that failed once is not used again.
      await this.close();
      // What is still under way may have connected once more.
      void sending.catch(() => undefined).then(() => used.producer.disconnect().catch(() => undefined));
      throw error;
    }
  }

  async close(): Promise<void> {
    const { current } = this;
    this.current = null;
    if (!current) return;
    current.abandoned = true;
    await current.producer.disconnect().catch(() => undefined);
  }

  private async send(used: Attempt, topicMessages: TopicMessages[]): Promise<void> {
    used.connected ??= used.producer.connect();
    await used.connected;
    await used.producer.sendBatch({ acks: -1, topicMessages });
  }

  private create(): Attempt {
    const state = { abandoned: false };
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      // kafkajs connects again and repeats a batch even after disconnect(); it asks the partitioner before each attempt.
      createPartitioner: () => {
        const partition = kafkajs.Partitioners.DefaultPartitioner();
        return (args) => {
          if (state.abandoned) throw new kafkajs.KafkaJSNonRetriableError('The producer was given up');
          return partition(args);
        };
      },
    });
    return Object.assign(state, { producer });
  }
}

/** Whether the broker will never take this because of its size. kafkajs wraps what it does not repeat. */
export const isTooLarge = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const type = 'type' in error ? error.type : undefined;
  return type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE' || isTooLarge(error.cause);
};

const within = async (ms: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`No answer of the broker within ${String(Math.round(ms))} ms`));
    }, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
