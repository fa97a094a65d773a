import { randomUUID } from 'node:crypto';
import type { EventType, EventTypes, TopicKey } from '@huma-poweroffice/contracts';
import { kafkajs } from '@huma-poweroffice/kafkajs';
import type { Message, RecordMetadata } from 'kafkajs';
import type { TestTopics } from './servers.js';

const { Kafka, logLevel } = kafkajs;

/** A CloudEvent in Kafka's binary mode, as the contract says; the key is also the subject. */
export const anEvent = <T extends EventType>(
  type: T,
  key: string,
  value: EventTypes[T],
  headers: Record<string, string> = {},
): Message => ({
  key,
  value: JSON.stringify(value),
  headers: {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_source: '/huma/tests',
    ce_type: type,
    ce_subject: key,
    ce_time: '2026-11-23T09:30:00.123Z',
    ...headers,
  },
});

export interface TestProducer {
  /** Any records, also broken ones; resolves when the broker has them. */
  send(topic: TopicKey, ...messages: Message[]): Promise<RecordMetadata[]>;
  close(): Promise<void>;
}

/** Sends to the topics of a test as Huma's services and ours do; it must be closed before they are dropped. */
export const createTestProducer = async (topics: TestTopics): Promise<TestProducer> => {
  const kafka = new Kafka({ clientId: 'tests', brokers: topics.brokers.split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  return {
    send: (topic, ...messages) => producer.send({ topic: topics.name(topic), messages, acks: -1 }),
    close: () => producer.disconnect(),
  };
};
