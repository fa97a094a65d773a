import { runService } from '@huma-poweroffice/platform/service';
import { startConnectorConfig } from './connector-config.js';

await runService('connector-config', (env) => startConnectorConfig(env));
