import { randomUUID } from 'node:crypto';
import { commonSettings, createLogger, Database, parseConfig } from '@huma-poweroffice/platform';
import { SlotRepository } from './budget/slot-repository.js';

// An operator's command: requests to PowerOffice go on before the time that its Retry-After asked for.
const { DATABASE_URL: url } = parseConfig(process.env, commonSettings.database);
const logger = createLogger('connector-config', 'info');
const database = await Database.connect({ url, migrations: [], migrateOnStart: false, logger });
await new SlotRepository(database, randomUUID()).endStop();
logger.info('the stop after a rate limit has been ended');
await database.close();
