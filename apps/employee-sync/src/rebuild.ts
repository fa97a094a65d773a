import { createKafka } from '@huma-poweroffice/messaging';
import { commonSettings, createLogger, Database, Keyring, parseConfig } from '@huma-poweroffice/platform';
import { migrations } from './database/migrations.js';
import { rebuildFromTopic } from './rebuild/rebuild-from-topic.js';

const config = parseConfig(process.env, {
  ...commonSettings.kafka,
  ...commonSettings.encryption,
  DATABASE_URL: commonSettings.database.DATABASE_URL,
});
const logger = createLogger('employee-sync-rebuild', 'info');
const database = await Database.connect({ url: config.DATABASE_URL, migrations, migrateOnStart: false, logger });
const keyring = new Keyring(config.ENCRYPTION_KEYS);
const kafka = createKafka('employee-sync-rebuild', config, logger);
await rebuildFromTopic({ database, keyring, kafka, topicPrefix: config.KAFKA_TOPIC_PREFIX, logger });
await database.close();
