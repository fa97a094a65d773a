import { setTimeout as sleep } from 'node:timers/promises';
import { topics, type TopicKey } from '@huma-poweroffice/contracts';
import { kafkajs } from '@huma-poweroffice/kafkajs';
import type { Logger } from '@huma-poweroffice/platform';
import type { Admin, Kafka } from 'kafkajs';
import type { LogBounds } from './positions.js';
import { topicProblems } from './topic-check.js';
import { topicIds } from './topic-ids.js';

const TRIES = 10;
const RETRY_MS = 200;

/** Full name → partition → its bounds. */
export type Bounds = ReadonlyMap<string, ReadonlyMap<number, LogBounds>>;

/**
 * What a broker says of the topics that a consumer reads. Each question has a connection of its own: they are rare, and
 * one that broke must not spoil the next.
 */
export class TopicLog {
  /** Null: not asked yet. */
  private tellsIds: boolean | null = null;

  constructor(
    private readonly kafka: Kafka,
    private readonly wanted: ReadonlyMap<string, TopicKey>,
    private readonly logger: Logger,
  ) {}

  /** What is wrong with the topics, in words for an operator; empty when nothing is. */
  problems(): Promise<string[]> {
    return this.ask((admin) => topicProblems(admin, this.wanted));
  }

  /** First and next offset of every partition, and the id of the topic where the broker tells. */
  async bounds(names: readonly string[] = [...this.wanted.keys()]): Promise<Bounds> {
    const ids = await this.ids(names);
    return this.ask(async (admin) => {
      const bounds = new Map<string, ReadonlyMap<number, LogBounds>>();
      for (const topic of names) {
        const partitions = await admin.fetchTopicOffsets(topic);
        const topicId = ids.get(topic) ?? null;
        bounds.set(topic, new Map(partitions.map(({ partition, low, high }) => [partition, { low, high, topicId }])));
      }
      return bounds;
    });
  }

  /** Ids by full name; none where the broker has never told any (before Kafka 2.8). */
  async ids(names: readonly string[] = [...this.wanted.keys()]): Promise<ReadonlyMap<string, string>> {
    try {
      const ids = await topicIds(this.kafka, names);
      this.tellsIds = true;
      return ids;
    } catch (error) {
      // A broker closes the connection on a version that it does not know: it looks as if it were gone.
      if (this.tellsIds) throw error;
      if (this.tellsIds === null) this.logger.warn({ err: error }, 'the ids of the topics are not known');
      this.tellsIds = false;
      return new Map();
    }
  }

  /**
   * What a group has committed to Kafka, where it has committed anything that lies in the log. Offsets beyond the log are
   * left over from a topic that was deleted.
   */
  async committed(
    groupId: string,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<number, string>>> {
    const bounds = await this.bounds(names);
    const answer = await this.ask((admin) => admin.fetchOffsets({ groupId, topics: [...names] }));
    return new Map(
      answer.map(({ topic, partitions }) => [
        topic,
        new Map(
          partitions
            .filter(({ partition, offset }) => {
              const high = bounds.get(topic)?.get(partition)?.high;
              return high !== undefined && BigInt(offset) > 0n && BigInt(offset) <= BigInt(high);
            })
            .map(({ partition, offset }) => [partition, offset]),
        ),
      ]),
    );
  }

  /** A topic that is young, or a broker that just came back, needs a moment: kafkajs gives such errors on at once. */
  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.askOnce(question);
      } catch (error) {
        if (tries >= TRIES || !passes(error)) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  private async askOnce<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin({ retry: { retries: 2 } });
    try {
      await admin.connect();
      return await question(admin);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}

/** Whether the broker answered, and said that it will know better in a moment. */
const passes = (error: unknown): boolean => error instanceof kafkajs.KafkaJSProtocolError && error.retriable;

/** What a topic holds now, by partition. @param topicPrefix what the installation puts before every name */
export const topicBounds = async (
  kafka: Kafka,
  topicPrefix: string,
  topic: TopicKey,
  logger: Logger,
): Promise<ReadonlyMap<number, LogBounds>> => {
  const name = topicPrefix + topics[topic].name;
  return (await new TopicLog(kafka, new Map([[name, topic]]), logger).bounds()).get(name) ?? new Map();
};
