import { describeService } from '@huma-poweroffice/platform/service';
import { ConnectorConfigModule, texts } from './connector-config.module.js';

const never = {} as never;
const module = ConnectorConfigModule.with({ connections: never, actions: never, credentials: never });
// Prints the OpenAPI document; nothing is started, no settings are needed.
process.stdout.write(JSON.stringify(await describeService({ ...texts, module })));
