import { classify, type Failure } from '../failure.js';
import { maskText } from '../problem.js';
import { readBody, readOutcome, toFailed } from './answer.js';
import { int64, object, required, text } from './shape.js';
import { Transport, type SendOptions } from './transport.js';

export interface ApiKeys {
  readonly applicationKey: string;
  readonly clientKey: string;
  readonly subscriptionKey: string;
}

export type TokenOutcome =
  | { readonly outcome: 'granted'; readonly accessToken: string; readonly expiresInSeconds: number }
  /** By RFC 6749, 5.2: `invalid_client` is how PowerOffice says that application and client key do not match. */
  | { readonly outcome: 'refused'; readonly error: string; readonly description?: string; readonly failure: Failure }
  /** Nothing is said about the keys. */
  | { readonly outcome: 'failed'; readonly failure: Failure };

const LARGEST_ANSWER = 100_000;
const LONGEST_LIFE = 86_400;

/** PowerOffice's token endpoint: client credentials, no refresh tokens. One request per call, no retries. */
export class PowerOfficeTokenClient {
  readonly #transport = new Transport();
  readonly #tokenUrl: URL;
  readonly #userAgent: string;

  /** @param options `tokenUrl`: `https://goapi.poweroffice.net/OAuth/Token` */
  constructor({
    tokenUrl,
    userAgent = 'huma-poweroffice',
  }: {
    readonly tokenUrl: string;
    readonly userAgent?: string;
  }) {
    this.#tokenUrl = new URL(tokenUrl);
    this.#userAgent = userAgent;
  }

  /** Closes all connections. */
  close(): void {
    this.#transport.close();
  }

  async requestToken(
    { applicationKey, clientKey, subscriptionKey }: ApiKeys,
    options: Pick<SendOptions, 'timeoutMs' | 'signal' | 'beforeSend'>,
  ): Promise<TokenOutcome> {
    const sent = await this.#transport.send(
      {
        method: 'POST',
        url: this.#tokenUrl,
        body: 'grant_type=client_credentials',
        headers: {
          Accept: 'application/json',
          Authorization: `Basic ${Buffer.from(`${applicationKey}:${clientKey}`).toString('base64')}`,
          'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
          'Ocp-Apim-Subscription-Key': subscriptionKey,
          'User-Agent': this.#userAgent,
        },
      },
      { ...options, maxBytes: LARGEST_ANSWER },
    );
    if ('status' in sent && (sent.status === 400 || sent.status === 401)) {
      const refusal = readBody(sent.body ?? '', readRefusal);
      const failure = classify(toFailed(sent), 'read');
      if (refusal.ok && failure.answeredBy === 'poweroffice') return { outcome: 'refused', ...refusal.value, failure };
    }
    const read = readOutcome(sent, readToken);
    return read.outcome === 'found'
      ? { outcome: 'granted', ...read.value }
      : { outcome: 'failed', failure: read.failure };
  }
}

const readToken = (json: unknown): { accessToken: string; expiresInSeconds: number } => {
  const token = object(json, 'token');
  const accessToken = required(text)(token, 'access_token');
  const seconds = Number(required(int64)(token, 'expires_in'));
  return { accessToken, expiresInSeconds: Math.min(Math.max(seconds, 0), LONGEST_LIFE) };
};

const readRefusal = (json: unknown): { error: string; description?: string } => {
  const refusal = object(json, 'refusal');
  const error = maskText(required(text)(refusal, 'error'));
  const description = text(refusal, 'error_description');
  return { error, ...(description !== null && { description: maskText(description) }) };
};
