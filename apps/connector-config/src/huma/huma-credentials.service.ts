import type { Groups } from './groups.js';
import type { HumaCredentials, HumaTokens } from './huma-tokens.js';

/** Takes credentials in, and forgets what came of those before. */
export class HumaCredentialsService {
  constructor(
    private readonly tokens: Pick<HumaTokens, 'putCredentials'>,
    private readonly groups: Pick<Groups, 'forget'>,
  ) {}

  async put(organizationId: string, credentials: HumaCredentials): Promise<void> {
    await this.tokens.putCredentials(organizationId, credentials);
    this.groups.forget(organizationId);
  }
}
