import { randomUUID } from 'node:crypto';
import { topics } from '@huma-poweroffice/contracts';
import { BatchConsumer, movePositions, type TopicEnds } from '@huma-poweroffice/messaging';
import type { Database, Keyring, Logger } from '@huma-poweroffice/platform';
import type { Kafka } from 'kafkajs';
import { changesOf } from '../take-in/changes-of.js';
import { consumerGroup } from '../take-in/consumer-group.js';
import { PersonRepository } from '../take-in/person-repository.js';
import { Rebuild, type RebuildReport } from './rebuild.js';
import { RebuildRepository, type Reading } from './rebuild-repository.js';
import { RestoreRepository } from './restore-repository.js';

export interface RebuildNeeds {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly kafka: Kafka;
  readonly topicPrefix: string;
  readonly logger: Logger;
}

/** How often a restore is looked at again because people were taken in meanwhile. */
const PASSES = 5;

/**
 * Rebuilds the read model of people from `huma.users.v1` as it is now; taking in may go on meanwhile. Where an operator has
 * said that Huma was restored, the people are replaced by what the topic says since, and taking in goes on from there.
 */
export const rebuildFromTopic = async (needs: RebuildNeeds): Promise<RebuildReport> => {
  const restores = new RestoreRepository(needs.database);
  const restored = await restores.isPending(usersOf(needs));
  let report = await pass(needs, restored);
  for (let passes = 1; restored && report.meanwhile > 0 && passes < PASSES; passes += 1)
    report = await pass(needs, true);
  if (restored && report.meanwhile === 0) await needs.database.transaction((tx) => restores.finish(tx, usersOf(needs)));
  needs.logger[report.lower + report.deleted + report.meanwhile > 0 ? 'warn' : 'info'](
    { ...report, restored },
    restored
      ? 'the people were replaced by what Huma says since it was restored'
      : 'the people were rebuilt from the topic',
  );
  return report;
};

const usersOf = ({ topicPrefix }: Pick<RebuildNeeds, 'topicPrefix'>): string => topicPrefix + topics.users.name;

const pass = async (needs: RebuildNeeds, restored: boolean): Promise<RebuildReport> => {
  const { database, keyring, topicPrefix } = needs;
  const repository = new RebuildRepository(database, keyring);
  const reading = await repository.begin(restored);
  try {
    const ends = await readTopic(needs, repository, reading);
    const goOnFrom = (): Promise<void> =>
      database.transaction((tx) => movePositions(tx, consumerGroup(topicPrefix), ends));
    // Whatever lies before the end of the reading, also of before the restore, is not taken in any more.
    if (restored) await goOnFrom();
    const report = await new Rebuild(database, repository, new PersonRepository(keyring)).apply(reading);
    // What was read behind the end meanwhile was compared with people who were not replaced yet: it is read again.
    if (restored) await goOnFrom();
    return report;
  } finally {
    await repository.end(reading);
  }
};

/** Reads all that counts of the topic as it is now. @returns where the reading ended */
const readTopic = async (
  { database, kafka, topicPrefix, logger }: RebuildNeeds,
  repository: RebuildRepository,
  reading: Reading,
): Promise<TopicEnds> => {
  const restores = new RestoreRepository(database);
  const groupId = `${topicPrefix}employee-sync-rebuild-${randomUUID()}`;
  const consumer = new BatchConsumer(database, kafka, logger, {
    groupId,
    topics: ['users'],
    topicPrefix,
    handle: (slice, tx) => repository.save(tx, reading, changesOf(slice).changes),
    // What cannot be read was put aside when it was taken in.
    putAside: () => Promise.resolve(),
    onGap: () => undefined,
    notBefore: (_, partition, topicId) => restores.notBefore(usersOf({ topicPrefix }), partition, topicId),
  });
  try {
    await consumer.start();
    await consumer.caughtUp();
    return await consumer.reached();
  } finally {
    await consumer.stop();
    await database.query('DELETE FROM consumer_offset WHERE group_id = $1', [groupId]);
  }
};
