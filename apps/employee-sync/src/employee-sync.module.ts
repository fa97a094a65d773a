import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { PeopleController } from './people/people.controller.js';
import { RunsController } from './runs/runs.controller.js';

export const texts = {
  title: 'employee-sync',
  description: 'People, runs that link them, what is sent to PowerOffice for them, and what was done.',
};

@Module({})
export class EmployeeSyncModule {
  /** @param providers what the controllers use, and the background */
  static with(providers: Provider[]): DynamicModule {
    return { module: EmployeeSyncModule, controllers: [PeopleController, RunsController], providers };
  }
}
