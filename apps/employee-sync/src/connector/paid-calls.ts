import type { Logger } from '@huma-poweroffice/platform';
import type { Failure, FailureKind } from '@huma-poweroffice/poweroffice';
import type { Call } from '@huma-poweroffice/poweroffice/client';
import type { Connector, Permit, PowerOfficeToken } from './connector.js';
import { PermitUse } from './permit-use.js';
import type { Tokens } from './tokens.js';

/** What a request to PowerOffice is made with. */
export interface Order {
  readonly connectionId: string;
  readonly token: PowerOfficeToken;
  readonly permit: Permit;
  readonly timeoutMs: number;
  /** Local monotonic clock; after it nothing may be sent any more. */
  readonly sendBefore?: number;
  readonly traceparent?: string | undefined;
  readonly signal?: AbortSignal;
  /** A missing privilege is expected: connector-config need not look. */
  readonly mayBeForbidden?: boolean;
}

/** After this number of consecutive refused tokens the key is reported. */
const REFUSED_TOKENS = 2;
/** Failures that prove that PowerOffice accepted the token. */
const ofPowerOffice: ReadonlySet<FailureKind> = new Set(['rejected', 'forbidden', 'not-found']);

/**
 * Makes requests to PowerOffice, each paid with its permit; passes on what a failure says beyond the person it happened
 * to: of the budget, the token, a privilege, our own keys.
 */
export class PaidCalls {
  constructor(
    private readonly connector: Connector,
    private readonly tokens: Tokens,
    private readonly logger: Logger,
  ) {}

  async make<T extends object>(order: Order, send: (call: Call) => Promise<T>): Promise<T> {
    const { token, permit, timeoutMs, sendBefore = Infinity, traceparent, signal } = order;
    const use = new PermitUse(this.connector, permit, sendBefore);
    try {
      await use.ready();
      const outcome = await send({
        token: token.accessToken,
        subscriptionKey: token.subscriptionKey,
        timeoutMs,
        traceparent,
        signal,
        beforeSend: () => use.begin(),
      });
      if ('failure' in outcome) this.tell(order, outcome.failure as Failure);
      else this.tokens.accepted(order.connectionId);
      return outcome;
    } finally {
      use.end();
    }
  }

  private tell({ connectionId, token, mayBeForbidden = false }: Order, failure: Failure): void {
    const { kind, code, status = 0 } = failure;
    if (code === 'rate-limited') this.connector.reportRateLimited(failure.retryAfterMs ?? 0);
    if (ofPowerOffice.has(kind)) this.tokens.accepted(connectionId);
    if (code === 'token-refused') {
      const refused = this.tokens.refuse(connectionId, token);
      // A single token may have been revoked. If PowerOffice itself refuses the next one as well, the key is at fault; what
      // the gateway says of a token is not about the customer's key.
      if (kind === 'unauthorized' && refused >= REFUSED_TOKENS)
        this.connector.reportRefusal(connectionId, 'key', status);
    }
    if (code === 'forbidden' && !mayBeForbidden) this.connector.reportRefusal(connectionId, 'privilege', status);
    // Ours, not the customer's: somebody on call has to look.
    if (code === 'subscription-key-refused' || code === 'gateway-refused')
      this.logger.error({ code, status }, "PowerOffice's gateway refuses our own keys");
  }
}
