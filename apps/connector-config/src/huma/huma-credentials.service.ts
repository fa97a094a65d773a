import { notFound } from '@huma-poweroffice/platform';
import type { ConnectionRepository } from '../connections/connection-repository.js';
import type { Groups } from './groups.js';
import type { HumaCredentials, HumaTokens } from './huma-tokens.js';

/** Takes credentials in, and forgets what came of those before. */
export class HumaCredentialsService {
  constructor(
    private readonly tokens: Pick<HumaTokens, 'putCredentials'>,
    private readonly groups: Pick<Groups, 'forget'>,
    private readonly connections: Pick<ConnectionRepository, 'find'>,
  ) {}

  /** @throws ProblemError 404 if the id belongs to a connection, because the caller has mixed up two ids */
  async put(organizationId: string, credentials: HumaCredentials): Promise<void> {
    if (await this.connections.find(organizationId)) throw notFound('organization');
    await this.tokens.putCredentials(organizationId, credentials);
    this.groups.forget(organizationId);
  }
}
