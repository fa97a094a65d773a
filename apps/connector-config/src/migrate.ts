import { commonSettings, createLogger, Database, parseConfig } from '@huma-poweroffice/platform';
import { migrations } from './database/migrations.js';

const { DATABASE_URL: url } = parseConfig(process.env, commonSettings.database);
const logger = createLogger('connector-config', 'info');
const database = await Database.connect({ url, migrations, migrateOnStart: true, logger });
await database.close();
