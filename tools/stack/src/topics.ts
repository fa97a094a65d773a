import { setTimeout as sleep } from 'node:timers/promises';
import { topics, type TopicDefinition } from '@huma-poweroffice/contracts';
import type { Admin, ITopicConfig } from 'kafkajs';
import { quietKafka } from './kafka.js';
import { StackError } from './stack-error.js';

const LEADERS_WITHIN_MS = 30_000;

/** Creates the product's topics under a prefix; those that exist are left as they are. Answers the names of all. */
export const createTopics = async (brokers: string, prefix = ''): Promise<string[]> => {
  const definitions: TopicDefinition[] = Object.values(topics);
  const admin = quietKafka(brokers).admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = definitions.filter(({ name }) => !existing.has(prefix + name));
    await createAndAwait(
      admin,
      missing.map(({ name, partitions, cleanupPolicy, retentionMs }) => ({
        topic: prefix + name,
        numPartitions: partitions,
        replicationFactor: 1,
        configEntries: [
          { name: 'cleanup.policy', value: cleanupPolicy },
          ...(retentionMs === undefined ? [] : [{ name: 'retention.ms', value: String(retentionMs) }]),
        ],
      })),
    );
  } finally {
    await admin.disconnect();
  }
  return definitions.map(({ name }) => prefix + name);
};

/**
 * Creates topics and waits until every partition has a leader that answers. kafkajs's own `waitForLeaders` gives up when the broker
 * does not know the new topic yet at the first look.
 */
export const createAndAwait = async (admin: Admin, wanted: ITopicConfig[]): Promise<void> => {
  if (wanted.length === 0) return;
  await admin.createTopics({ waitForLeaders: false, topics: wanted });
  const names = wanted.map(({ topic }) => topic);
  const deadline = Date.now() + LEADERS_WITHIN_MS;
  for (;;) {
    try {
      // A leader that does not answer for its partition yet is none.
      for (const topic of names) await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      if (Date.now() > deadline)
        throw new StackError(`Kafka has no leaders for ${names.join(', ')}.`, { cause: error });
    }
    await sleep(50);
  }
};

/** Deletes the topics that `createTopics` made under this prefix. */
export const deleteTopics = async (brokers: string, prefix: string): Promise<void> => {
  const admin = quietKafka(brokers).admin();
  await admin.connect();
  try {
    const existing = await admin.listTopics();
    const ours = existing.filter((name) => prefix !== '' && name.startsWith(prefix));
    if (ours.length > 0) await admin.deleteTopics({ topics: ours });
  } finally {
    await admin.disconnect();
  }
};
