import { randomUUID } from 'node:crypto';
import { topics, type TopicKey } from '@huma-poweroffice/contracts';
import { createDatabase, createTopics, deleteTopics, queryOnce } from '@huma-poweroffice/stack';

const fromEnvironment = (name: 'TEST_DATABASE_URL' | 'TEST_KAFKA_BROKERS'): string => {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is missing: only integration tests have servers (test/**/*.int.spec.ts)`);
  return value;
};

const unique = (): string => randomUUID().replaceAll('-', '').slice(0, 12);

export interface TestDatabase {
  readonly name: string;
  /** For DATABASE_URL. */
  readonly url: string;
  /** Closes the connections that are left, and removes the database. */
  drop(): Promise<void>;
}

/** An empty database of the caller's own, on the run's PostgreSQL: one per spec file. */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  const server = fromEnvironment('TEST_DATABASE_URL');
  const name = `test_${unique()}`;
  await createDatabase(server, name);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const drop = async (): Promise<void> => {
    await queryOnce(server, `drop database if exists ${name} with (force)`);
  };
  return { name, url: url.href, drop };
};

export interface TestTopics {
  /** For KAFKA_BROKERS. */
  readonly brokers: string;
  /** For KAFKA_TOPIC_PREFIX. */
  readonly prefix: string;
  /** Full name of a topic. */
  name(topic: TopicKey): string;
  drop(): Promise<void>;
}

/** The product's topics under a prefix of the caller's own, on the run's Kafka: one set per spec file. */
export const createTestTopics = async (): Promise<TestTopics> => {
  const brokers = fromEnvironment('TEST_KAFKA_BROKERS');
  const prefix = `test-${unique()}.`;
  await createTopics(brokers, prefix);
  return { brokers, prefix, name: (topic) => prefix + topics[topic].name, drop: () => deleteTopics(brokers, prefix) };
};
