import type { Secret } from '@huma-poweroffice/platform';
import type { Failure } from '@huma-poweroffice/poweroffice';
import type { PowerOfficeClient, PowerOfficeTokenClient, TokenOutcome } from '@huma-poweroffice/poweroffice/client';
import { noPermit, type PaidRequests, type Turn } from '../budget/paid-requests.js';
import { abilitiesOf } from '../connections/abilities.js';
import type { OwnKeysAlarm } from './own-keys-alarm.js';
import type { Asked, Failed, TokenAsked } from './asked.js';

export interface OwnKeys {
  readonly applicationKey: Secret;
  readonly subscriptionKey: Secret;
}

const TIMEOUT_MS = 10_000;

/** By RFC 6749, 5.2: these are about the client; what else there is, is about our request. */
const aboutTheClient: ReadonlySet<string> = new Set(['invalid_client', 'invalid_grant', 'unauthorized_client']);

const failed = ({ code }: Failure): Failed => ({
  outcome: code === 'subscription-key-refused' || code === 'gateway-refused' ? 'own-keys' : 'unavailable',
  code,
});

const readToken = (answer: TokenOutcome | typeof noPermit): TokenAsked => {
  if (answer.outcome === 'granted') {
    return { outcome: 'granted', accessToken: answer.accessToken, lifeMs: answer.expiresInSeconds * 1000 };
  }
  if (answer.outcome === 'refused' && aboutTheClient.has(answer.error))
    return { outcome: 'refused', reason: answer.description ?? answer.error };
  return failed(answer.failure);
};

/** Asks PowerOffice about client keys. Every request takes a permit of the budget. */
export class PowerOfficeClients {
  constructor(
    private readonly tokens: PowerOfficeTokenClient,
    private readonly api: PowerOfficeClient,
    private readonly paid: PaidRequests,
    private readonly own: OwnKeys,
    private readonly alarm: Pick<OwnKeysAlarm, 'refused' | 'accepted' | 'tokensAccepted'>,
  ) {}

  /** One request. */
  async requestToken(clientKey: Secret, turn: Turn): Promise<TokenAsked> {
    const keys = {
      applicationKey: this.own.applicationKey.reveal(),
      subscriptionKey: this.own.subscriptionKey.reveal(),
      clientKey: clientKey.reveal(),
    };
    const answer = readToken(
      await this.paid.send(turn, (beforeSend) => this.tokens.requestToken(keys, { timeoutMs: TIMEOUT_MS, beforeSend })),
    );
    if (answer.outcome === 'granted') await this.alarm.accepted();
    return this.noticed(answer);
  }

  /** Whose key it is, and what it may do. Two requests; the token is not kept. */
  async ask(clientKey: Secret, turn: Turn): Promise<Asked> {
    const token = await this.requestToken(clientKey, turn);
    if (token.outcome !== 'granted') return token;
    const answer = await this.paid.send(turn, (beforeSend) =>
      this.api.getClientIntegrationInformation({
        token: token.accessToken,
        subscriptionKey: this.own.subscriptionKey.reveal(),
        timeoutMs: TIMEOUT_MS,
        beforeSend,
      }),
    );
    if (answer.outcome === 'failed' && answer.failure.code === 'token-refused') return { outcome: 'token-refused' };
    if (answer.outcome !== 'found') return this.noticed(failed(answer.failure));
    await this.alarm.tokensAccepted();
    const { clientId, clientName } = answer.value;
    return {
      outcome: 'accepted',
      client: { id: clientId, name: clientName ?? clientId },
      abilities: abilitiesOf(answer.value),
    };
  }

  private async noticed<T extends TokenAsked>(answer: T): Promise<T> {
    if (answer.outcome === 'own-keys') await this.alarm.refused(answer.code);
    return answer;
  }

  get subscriptionKey(): Secret {
    return this.own.subscriptionKey;
  }
  /** Closes all connections. */
  close(): void {
    this.tokens.close();
    this.api.close();
  }
}
