import { topics, type TopicDefinition } from '@huma-poweroffice/contracts';
import { quietKafka } from './kafka.js';

/** Creates the product's topics under a prefix; those that exist are left as they are. Answers the names of all. */
export const createTopics = async (brokers: string, prefix = ''): Promise<string[]> => {
  const definitions: TopicDefinition[] = Object.values(topics);
  const admin = quietKafka(brokers).admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = definitions.filter(({ name }) => !existing.has(prefix + name));
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(({ name, partitions, cleanupPolicy, retentionMs }) => ({
        topic: prefix + name,
        numPartitions: partitions,
        replicationFactor: 1,
        configEntries: [
          { name: 'cleanup.policy', value: cleanupPolicy },
          ...(retentionMs === undefined ? [] : [{ name: 'retention.ms', value: String(retentionMs) }]),
        ],
      })),
    });
  } finally {
    await admin.disconnect();
  }
  return definitions.map(({ name }) => prefix + name);
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
