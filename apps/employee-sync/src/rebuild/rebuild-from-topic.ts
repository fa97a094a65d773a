import { randomUUID } from 'node:crypto';
import { BatchConsumer } from '@huma-poweroffice/messaging';
import type { Database, Keyring, Logger } from '@huma-poweroffice/platform';
import type { Kafka } from 'kafkajs';
import { changesOf } from '../take-in/changes-of.js';
import { PersonRepository } from '../take-in/person-repository.js';
import { Rebuild, type RebuildReport } from './rebuild.js';
import { RebuildRepository } from './rebuild-repository.js';

export interface RebuildNeeds {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly kafka: Kafka;
  readonly topicPrefix: string;
  readonly logger: Logger;
}

/** Rebuilds the read model of people from `huma.users.v1` as it is now; taking in may go on meanwhile. */
export const rebuildFromTopic = async (needs: RebuildNeeds): Promise<RebuildReport> => {
  const { database, keyring, kafka, topicPrefix, logger } = needs;
  const repository = new RebuildRepository(database, keyring);
  const groupId = `${topicPrefix}employee-sync-rebuild-${randomUUID()}`;
  const consumer = new BatchConsumer(database, kafka, logger, {
    groupId,
    topics: ['users'],
    topicPrefix,
    handle: (slice, tx) => repository.save(tx, changesOf(slice).changes),
    // What cannot be read was put aside when it was taken in.
    putAside: () => Promise.resolve(),
    onGap: () => undefined,
  });
  try {
    const report = await new Rebuild(database, repository, new PersonRepository(keyring)).run(async () => {
      await consumer.start();
      await consumer.caughtUp();
      await consumer.stop();
    });
    logger.info(report, 'the read model of people is what the topic says');
    return report;
  } finally {
    await consumer.stop();
    await repository.end(groupId);
  }
};
