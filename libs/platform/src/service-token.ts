import { allowInsecureRequests, clientCredentialsGrant, discovery, type Configuration } from 'openid-client';
import type { Secret } from './secret.js';

export interface ServiceTokenOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scope: string;
}

/** A token is asked for anew when less than this is left of it, or half of its life, where that is shorter. */
const MARGIN_MS = 60_000;
/** The life of a token whose provider does not say it. */
const LIFE_SECONDS = 300;

interface Asked {
  readonly answer: Promise<string>;
  /** What came; null while it is waited for. */
  accessToken: string | null;
  until: number;
}

/** A service's own access token, by its client credentials: kept while it is good, one request for all who wait. */
export class ServiceToken {
  private configuration: Promise<Configuration> | null = null;
  private asked: Asked | null = null;

  constructor(private readonly options: ServiceTokenOptions) {}

  /** Rejects while the identity provider does not answer; a failure is not remembered. */
  get(): Promise<string> {
    if (this.asked && performance.now() < this.asked.until) return this.asked.answer;
    const asked: Asked = { answer: this.ask((kept) => Object.assign(asked, kept)), accessToken: null, until: Infinity };
    this.asked = asked;
    asked.answer.catch(() => {
      if (this.asked === asked) this.asked = null;
    });
    return asked.answer;
  }

  /** The token was refused: it is not answered again. One that took its place meanwhile stays. */
  forget(refused: string): void {
    if (this.asked?.accessToken === refused) this.asked = null;
  }

  private async ask(keep: (kept: Pick<Asked, 'accessToken' | 'until'>) => void): Promise<string> {
    const configuration = await this.discovered();
    const asked = performance.now();
    const answer = await clientCredentialsGrant(configuration, { scope: this.options.scope });
    const lifeMs = (answer.expiresIn() ?? LIFE_SECONDS) * 1000;
    keep({ accessToken: answer.access_token, until: asked + lifeMs - Math.min(MARGIN_MS, lifeMs / 2) });
    return answer.access_token;
  }

  private discovered(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.options;
    const url = new URL(issuer);
    // A provider on this machine needs no TLS; whether others may do without is the operator's decision by the address.
    const options = url.protocol === 'http:' ? { execute: [allowInsecureRequests] } : {};
    this.configuration ??= discovery(url, clientId, clientSecret.reveal(), undefined, options).catch(
      (error: unknown) => {
        this.configuration = null;
        throw error;
      },
    );
    return this.configuration;
  }
}
