import { describeService } from '@huma-poweroffice/platform/service';
import { EmployeeSyncModule, texts } from './employee-sync.module.js';
import { PeopleService } from './people/people.service.js';
import { SyncNow } from './people/sync-now.js';
import type { RunService } from './runs/run-service.js';

// Prints the OpenAPI document; nothing is started, so what the controllers use need not work.
const providers = [PeopleService, SyncNow].map((provide) => ({ provide, useValue: {} }));
const module = EmployeeSyncModule.with(providers, {} as RunService);
const document = await describeService({ ...texts, module });
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
