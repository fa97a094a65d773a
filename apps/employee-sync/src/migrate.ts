import { commonSettings, createLogger, Database, parseConfig } from '@huma-poweroffice/platform';
import { migrations } from './database/migrations.js';

const { DATABASE_URL } = parseConfig(process.env, { DATABASE_URL: commonSettings.database.DATABASE_URL });
const logger = createLogger('employee-sync', 'info');
const database = await Database.connect({ url: DATABASE_URL, migrations, migrateOnStart: true, logger });
await database.close();
logger.info('the database is up to date');
