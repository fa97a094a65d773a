import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { PeopleController } from './people/people.controller.js';
import type { RunService } from './runs/run-service.js';
import { RunsModule } from './runs/runs.module.js';

export const texts = {
  title: 'employee-sync',
  description: 'People, runs that link them, what is sent to PowerOffice for them, and what was done.',
};

@Module({})
export class EmployeeSyncModule {
  /** @param providers what the controllers of people use, and the background */
  static with(providers: Provider[], runs: Pick<RunService, keyof RunService>): DynamicModule {
    const imports = [RunsModule.with(runs)];
    return { module: EmployeeSyncModule, imports, controllers: [PeopleController], providers };
  }
}
