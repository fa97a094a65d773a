import { Module, type DynamicModule } from '@nestjs/common';
import { RunService } from './run-service.js';
import { RunsController } from './runs.controller.js';

/** The routes of runs. The workers are no part of it: they start and stop with the background. */
@Module({})
export class RunsModule {
  static with(service: Pick<RunService, keyof RunService>): DynamicModule {
    return {
      module: RunsModule,
      controllers: [RunsController],
      providers: [{ provide: RunService, useValue: service }],
    };
  }
}
