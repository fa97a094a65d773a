import { describeService } from '@huma-poweroffice/platform/service';
import { EmployeeSyncModule, texts } from './employee-sync.module.js';
import { PeopleService } from './people/people.service.js';
import { SyncNow } from './people/sync-now.js';
import { RunService } from './runs/run-service.js';

// Prints the OpenAPI document; nothing is started, so what the controllers use need not work.
const providers = [PeopleService, SyncNow, RunService].map((provide) => ({ provide, useValue: {} }));
const document = await describeService({ ...texts, module: EmployeeSyncModule.with(providers) });
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
