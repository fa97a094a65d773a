import type { Logger } from '@huma-poweroffice/platform';
import type { Failure } from '@huma-poweroffice/poweroffice';
import type { Connector, PowerOfficeToken } from '../connector/connector.js';
import type { Tokens } from '../connector/tokens.js';

/** Passes on what a failure says beyond the person it happened to: of the budget, the key, a privilege, our own keys. */
export class Signals {
  constructor(
    private readonly connector: Pick<Connector, 'reportRateLimited' | 'reportRefusal'>,
    private readonly tokens: Tokens,
    private readonly logger: Logger,
  ) {}

  tell(connectionId: string, token: PowerOfficeToken, failure: Failure): void {
    const { code, status = 0 } = failure;
    if (code === 'rate-limited') this.connector.reportRateLimited(failure.retryAfterMs ?? 0);
    if (code === 'token-refused') this.tokens.refuse(connectionId, token);
    if (code === 'forbidden') this.connector.reportRefusal(connectionId, 'privilege', status);
    // Ours, not the customer's: somebody on call has to look.
    if (code === 'subscription-key-refused' || code === 'gateway-refused')
      this.logger.error({ code, status }, "PowerOffice's gateway refuses our own keys");
  }
}
