import { Module, type DynamicModule } from '@nestjs/common';
import { ConnectionActionsService } from './connections/connection-actions.service.js';
import { ConnectionsController } from './connections/connections.controller.js';
import { ConnectionsService } from './connections/connections.service.js';
import { HumaCredentialsController } from './huma/huma-credentials.controller.js';
import { HumaCredentialsService } from './huma/huma-credentials.service.js';

/** What the controllers need. */
export interface HttpParts {
  readonly connections: ConnectionsService;
  readonly actions: ConnectionActionsService;
  readonly credentials: HumaCredentialsService;
}

@Module({ controllers: [ConnectionsController, HumaCredentialsController] })
export class ConnectorConfigModule {
  static with({ connections, actions, credentials }: HttpParts): DynamicModule {
    return {
      module: ConnectorConfigModule,
      providers: [
        { provide: ConnectionsService, useValue: connections },
        { provide: ConnectionActionsService, useValue: actions },
        { provide: HumaCredentialsService, useValue: credentials },
      ],
    };
  }
}

export const texts = {
  title: 'connector-config',
  description: 'Connections of organisations to PowerOffice Go: their keys, groups, settings and states.',
};
