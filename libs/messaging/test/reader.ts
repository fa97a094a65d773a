import { randomUUID } from 'node:crypto';
import { createLogger, Database, Secret, type Tx } from '@huma-poweroffice/platform';
import { anEvent, aUserChanged, createTestDatabase, eventually } from '@huma-poweroffice/testing';
import { topics } from '@huma-poweroffice/contracts';
import type { Kafka, Producer } from 'kafkajs';
import {
  BatchConsumer,
  createKafka,
  messagingTables,
  registerCodecs,
  type BatchConsumerOptions,
  type Gap,
  type Slice,
} from '../src/index.js';

const logger = createLogger('test', 'fatal');

/** A group of consumers whose handler writes down every key that it sees. */
export interface Reader {
  readonly groupId: string;
  readonly gaps: Gap[];
  handled(): Promise<string[]>;
  /** Waits until all of these were handled. */
  has(keys: readonly string[]): Promise<void>;
  start(more?: (slice: Slice, tx: Tx) => Promise<void>): Promise<BatchConsumer>;
}

export interface World {
  readonly database: Database;
  readonly kafka: Kafka;
  readonly producer: Producer;
  readonly users: string;
  /** Sends an event of somebody new for each key; to the partition that the key decides, or to the one that is named. */
  send(keys: readonly string[], more?: { compression?: number; partition?: number }): Promise<void>;
  aReader(options?: Partial<BatchConsumerOptions>): Reader;
  /** Another client of the same broker. */
  client(): Kafka;
  close(): Promise<void>;
}

export const newKeys = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

export const messageOf = (userId: string) => {
  const { key, value, headers } = anEvent('huma.user.updated.v1', userId, aUserChanged({ userId }));
  return { key: key ?? null, value, headers: headers ?? {} };
};

/** A database with the tables of this library, and clients of a broker. */
export const createWorld = async (brokers: string, topicPrefix: string): Promise<World> => {
  const test = await createTestDatabase();
  const database = await Database.connect({
    url: new Secret(test.url),
    migrations: [],
    migrateOnStart: false,
    logger,
  });
  for (const sql of messagingTables.up) await database.query(sql);
  await database.query('CREATE TABLE seen (group_id text, key text, position bigserial)');
  await database.query('CREATE TABLE aside (group_id text, key text, code text)');
  const none = { KAFKA_SASL_MECHANISM: null, KAFKA_SASL_USERNAME: null, KAFKA_SASL_PASSWORD: null } as const;
  const client = (): Kafka =>
    createKafka('test', { KAFKA_BROKERS: brokers.split(','), KAFKA_SSL: false, ...none }, logger);
  const kafka = client();
  const producer = kafka.producer();
  await registerCodecs();
  await producer.connect();
  const users = topicPrefix + topics.users.name;
  const consumers: BatchConsumer[] = [];

  const aReader = (options: Partial<BatchConsumerOptions> = {}): Reader => {
    const groupId = `${topicPrefix}${randomUUID()}`;
    const gaps: Gap[] = [];
    const handled = async (): Promise<string[]> => {
      const sql = 'SELECT key FROM seen WHERE group_id = $1 ORDER BY position';
      return (await database.query<{ key: string }>(sql, [groupId])).map((row) => row.key);
    };
    return {
      groupId,
      gaps,
      handled,
      has: (keys) =>
        eventually(async () => {
          expect(await handled()).toEqual(expect.arrayContaining([...keys]));
        }, 30_000),
      start: async (more = async () => undefined) => {
        const consumer = new BatchConsumer(database, client(), logger, {
          groupId,
          topics: ['users'],
          topicPrefix,
          handle: async (slice, tx) => {
            for (const record of slice.records)
              await tx.query('INSERT INTO seen (group_id, key) VALUES ($1, $2)', [groupId, String(record.key)]);
            await more(slice, tx);
          },
          putAside: async (_slice, record, reason, tx) => {
            await tx.query('INSERT INTO aside VALUES ($1, $2, $3)', [groupId, String(record.key), reason.code]);
          },
          onGap: (gap) => gaps.push(gap),
          ...options,
        });
        consumers.push(consumer);
        await consumer.start();
        return consumer;
      },
    };
  };
  return {
    database,
    kafka,
    producer,
    users,
    client,
    aReader,
    send: async (keys, { compression, partition } = {}) => {
      const messages = keys.map((key) => ({ ...messageOf(key), ...(partition === undefined ? {} : { partition }) }));
      await producer.send({ topic: users, messages, ...(compression === undefined ? {} : { compression }) });
    },
    close: async () => {
      for (const consumer of consumers) await consumer.stop();
      await producer.disconnect();
      await database.close();
      await test.drop();
    },
  };
};
