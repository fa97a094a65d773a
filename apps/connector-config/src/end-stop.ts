import { randomUUID } from 'node:crypto';
import { commonSettings, createLogger, Database, parseConfig } from '@huma-poweroffice/platform';
import { SlotRepository } from './budget/slot-repository.js';

// A command for operators. It lets requests to PowerOffice continue before the time that Retry-After asked for.
const { DATABASE_URL: url } = parseConfig(process.env, commonSettings.database);
const logger = createLogger('connector-config', 'info');
const database = await Database.connect({ url, migrations: [], migrateOnStart: false, logger });
await new SlotRepository(database, randomUUID()).endStop();
logger.info('the stop after a rate limit has been ended');
await database.close();
