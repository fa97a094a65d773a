import { Secret, type Database, type Logger } from '@huma-poweroffice/platform';
import type { HumaClient } from '@huma-poweroffice/huma/client';
import type { SecretRepository } from '../sealing/secret-repository.js';
import type { Renew, TokenKeeper, Usable } from '../tokens/token-keeper.js';
import type { TokenRepository } from '../tokens/token-repository.js';

export interface HumaCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Why an organisation has no token of Huma's Open API; stable codes. */
export interface NoHumaToken {
  readonly outcome: 'no-credentials' | 'credentials-refused' | 'unavailable';
}

const TIMEOUT_MS = 10_000;

/** New tokens of Huma by an organisation's credentials. */
export const renewByCredentials =
  (credentials: SecretRepository, huma: HumaClient, logger: Logger): Renew<NoHumaToken> =>
  async (organizationId) => {
    const kept = await credentials.get(organizationId);
    if (!kept) return { outcome: 'no-credentials' };
    const answer = await huma.requestToken(JSON.parse(kept.reveal()) as HumaCredentials, { timeoutMs: TIMEOUT_MS });
    if (answer.outcome === 'granted') {
      const { accessToken, expiresInSeconds, organizationId: of } = answer;
      if (of === null || of.toLowerCase() === organizationId)
        return { outcome: 'granted', accessToken, lifeMs: expiresInSeconds * 1000 };
      logger.error({ organizationId }, 'the credentials of an organisation open another one');
      return { outcome: 'credentials-refused' };
    }
    const { code, status, errorCode } = answer.failure;
    // Only OAuth's own error is about the credentials: something in between may answer 401 with a page of its own.
    const refused = answer.outcome === 'refused' && errorCode !== undefined;
    logger.warn({ organizationId, code, status, refused }, 'Huma gives no token');
    return { outcome: refused ? 'credentials-refused' : 'unavailable' };
  };

/** Open API credentials of organisations, and the access tokens that they give. */
export class HumaTokens {
  constructor(
    private readonly database: Database,
    private readonly credentials: SecretRepository,
    private readonly tokens: TokenRepository,
    private readonly keeper: TokenKeeper<NoHumaToken>,
  ) {}

  /** The token of the credentials before is forgotten. */
  async putCredentials(organizationId: string, credentials: HumaCredentials): Promise<void> {
    const { clientId, clientSecret } = credentials;
    await this.database.transaction(async (tx) => {
      await this.credentials.put(tx, organizationId, new Secret(JSON.stringify({ clientId, clientSecret })));
      await this.tokens.remove(tx, organizationId);
    });
    this.keeper.forget(organizationId);
  }

  get(organizationId: string, refused: string | null): Promise<Usable | NoHumaToken> {
    return this.keeper.get(organizationId, refused);
  }
}
