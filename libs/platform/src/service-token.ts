import { allowInsecureRequests, clientCredentialsGrant, discovery, type Configuration } from 'openid-client';
import type { Secret } from './secret.js';

export interface ServiceTokenOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scope: string;
}

/** A token is asked for anew when less than this is left of it. */
const MARGIN_MS = 60_000;

/** A service's own access token, by its client credentials: kept while it is good, one request for all who wait. */
export class ServiceToken {
  private configuration: Promise<Configuration> | null = null;
  private asked: Promise<string> | null = null;
  private until = 0;

  constructor(private readonly options: ServiceTokenOptions) {}

  /** Rejects while the identity provider does not answer; a failure is not remembered. */
  get(): Promise<string> {
    if (this.asked && performance.now() < this.until) return this.asked;
    this.until = Infinity;
    this.asked = this.ask().catch((error: unknown) => {
      this.asked = null;
      throw error;
    });
    return this.asked;
  }

  private async ask(): Promise<string> {
    const answer = await clientCredentialsGrant(await this.discovered(), { scope: this.options.scope });
    this.until = performance.now() + Math.max(0, (answer.expiresIn() ?? 0) * 1000 - MARGIN_MS);
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
