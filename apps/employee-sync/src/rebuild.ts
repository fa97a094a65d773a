import { randomUUID } from 'node:crypto';
import { BatchConsumer, createKafka } from '@huma-poweroffice/messaging';
import { commonSettings, createLogger, Database, Keyring, parseConfig } from '@huma-poweroffice/platform';
import { migrations } from './database/migrations.js';
import { Rebuild } from './rebuild/rebuild.js';
import { RebuildRepository } from './rebuild/rebuild-repository.js';
import { PersonRepository } from './take-in/person-repository.js';
import { changesOf } from './take-in/changes-of.js';

// Rebuilds the read model of people from huma.users.v1 as it is now; the service may run meanwhile.
const config = parseConfig(process.env, {
  ...commonSettings.kafka,
  ...commonSettings.encryption,
  DATABASE_URL: commonSettings.database.DATABASE_URL,
});
const logger = createLogger('employee-sync-rebuild', 'info');
const database = await Database.connect({ url: config.DATABASE_URL, migrations, migrateOnStart: false, logger });
const keyring = new Keyring(config.ENCRYPTION_KEYS);
const repository = new RebuildRepository(database, keyring);
const groupId = `${config.KAFKA_TOPIC_PREFIX}employee-sync-rebuild-${randomUUID()}`;
const consumer = new BatchConsumer(database, createKafka('employee-sync-rebuild', config, logger), logger, {
  groupId,
  topics: ['users'],
  topicPrefix: config.KAFKA_TOPIC_PREFIX,
  handle: (slice, tx) => repository.save(tx, changesOf(slice).changes),
  // What cannot be read was put aside when it was taken in.
  putAside: () => Promise.resolve(),
  onGap: () => undefined,
});
const report = await new Rebuild(database, repository, new PersonRepository(keyring)).run(async () => {
  await consumer.start();
  await consumer.caughtUp();
  await consumer.stop();
});
await repository.end(groupId);
await database.close();
logger.info(report, 'the read model of people is what the topic says');
