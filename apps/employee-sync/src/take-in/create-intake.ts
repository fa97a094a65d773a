import { topics } from '@huma-poweroffice/contracts';
import { BatchConsumer } from '@huma-poweroffice/messaging';
import { gaps } from '../metrics.js';
import type { RebuildNeeds } from '../rebuild/rebuild-from-topic.js';
import { Rebuilder } from '../rebuild/rebuilder.js';
import { RestoreRepository } from '../rebuild/restore-repository.js';
import { CommandRepository } from './command-repository.js';
import { ConnectionRepository } from './connection-repository.js';
import { consumerGroup } from './consumer-group.js';
import { PersonRepository } from './person-repository.js';
import { SetbackRepository } from './setback-repository.js';
import { TakeIn } from './take-in.js';

/** Puts taking in together: the consumer of everything that comes in by Kafka. */
export const createIntake = ({ database, keyring, kafka, topicPrefix, logger }: RebuildNeeds): BatchConsumer => {
  const people = new PersonRepository(keyring);
  const takeIn = new TakeIn(people, new ConnectionRepository(), new CommandRepository(), keyring, logger);
  const setbacks = new SetbackRepository(logger);
  const restores = new RestoreRepository(database);
  return new BatchConsumer(database, kafka, logger, {
    groupId: consumerGroup(topicPrefix),
    topics: ['connections', 'users', 'syncCommands'],
    topicPrefix,
    // A connection stops the people of its organisation from being taken in: not for longer than it needs itself.
    sliceSize: { connections: 1 },
    onSetback: (setback, tx) => setbacks.admit(setback, tx),
    notBefore: (topic, partition, topicId) => restores.notBefore(topicPrefix + topics[topic].name, partition, topicId),
    handle: (slice, tx) => takeIn.handle(slice, tx),
    putAside: (slice, record, reason, tx) => takeIn.putAside(slice, record, reason, tx),
    onGap: async (gap, tx) => {
      gaps.inc({ topic: gap.topic, cause: gap.cause });
      logger.error({ gap }, 'records are missing between what was read and what can be read; reading everything again');
      // A rebuild says of whom the log has only older versions than are known, and repairs what taking in does not look at.
      if (gap.topic === 'users') await Rebuilder.request(tx);
    },
  });
};
