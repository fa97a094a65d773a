import { topics, type TopicKey } from '@huma-poweroffice/contracts';
import { kafkajs } from '@huma-poweroffice/kafkajs';
import type { Admin } from 'kafkajs';

/** What is wrong with the topics that a consumer reads, in words for an operator; empty when nothing is. */
export const topicProblems = async (admin: Admin, wanted: ReadonlyMap<string, TopicKey>): Promise<string[]> => {
  const there = new Set(await admin.listTopics());
  const missing = [...wanted.keys()].filter((name) => !there.has(name));
  if (missing.length > 0) return missing.map((name) => `the topic ${name} does not exist`);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [...wanted.keys()].map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ['cleanup.policy'],
    })),
  });
  return resources.flatMap(({ resourceName, configEntries }) => {
    const key = wanted.get(resourceName);
    const policy = configEntries.find((entry) => entry.configName === 'cleanup.policy')?.configValue ?? '';
    return key && !fits(policy, topics[key].cleanupPolicy)
      ? [`the topic ${resourceName} has the cleanup policy "${policy}" instead of "${topics[key].cleanupPolicy}"`]
      : [];
  });
};

/** A state that expires is not complete; commands that are compacted are lost. */
const fits = (policy: string, wanted: 'compact' | 'delete'): boolean =>
  policy
    .split(',')
    .map((part) => part.trim())
    .join() === wanted;
