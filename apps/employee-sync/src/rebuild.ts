import { parseArgs } from 'node:util';
import { createKafka } from '@huma-poweroffice/messaging';
import {
  commonSettings,
  createLogger,
  Database,
  Keyring,
  optional,
  parseConfig,
  url,
} from '@huma-poweroffice/platform';
import { migrations } from './database/migrations.js';
import { declareRestore, parseRestoredFrom } from './rebuild/declare-restore.js';
import { rebuildFromTopic, type RebuildNeeds } from './rebuild/rebuild-from-topic.js';

const { values: options } = parseArgs({ options: { 'restored-from': { type: 'string' } } });
const config = parseConfig(process.env, {
  ...commonSettings.kafka,
  ...commonSettings.encryption,
  DATABASE_URL: commonSettings.database.DATABASE_URL,
  // Whoever signs in to Kafka by `oauthbearer` gets the token there.
  OIDC_ISSUER_URL: optional(url()),
});
const { OIDC_ISSUER_URL: issuer, ...kafka } = config;
const logger = createLogger('employee-sync-rebuild', 'info');
const database = await Database.connect({ url: config.DATABASE_URL, migrations, migrateOnStart: false, logger });
const needs: RebuildNeeds = {
  database,
  keyring: new Keyring(config.ENCRYPTION_KEYS),
  kafka: createKafka('employee-sync-rebuild', issuer === null ? kafka : { ...kafka, OIDC_ISSUER_URL: issuer }, logger),
  topicPrefix: config.KAFKA_TOPIC_PREFIX,
  logger,
};
try {
  const restoredFrom = options['restored-from'];
  if (restoredFrom !== undefined) await declareRestore(needs, parseRestoredFrom(restoredFrom));
  const { meanwhile } = await rebuildFromTopic(needs);
  if (meanwhile > 0) {
    logger.error({ meanwhile }, 'people were taken in while the topic was read; run the command again');
    process.exitCode = 1;
  }
} catch (error) {
  logger.error({ err: error }, 'the people were not rebuilt');
  process.exitCode = 1;
} finally {
  await database.close();
}
