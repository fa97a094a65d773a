import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** What the provider publishes, as far as it is needed here. */
export interface Published {
  readonly keys: JWTVerifyGetKey;
  /** As the provider spells it: with or without a slash at its end, which tokens then have too. */
  readonly issuer: string;
}

/** How the keys of the identity provider stand. Times in milliseconds. */
export interface ProviderKeysState {
  /** Age of the keys that are used; null when there are none. */
  readonly ageMs: number | null;
  /** Whether these keys can still be used; true while nobody has asked for any. */
  readonly usable: boolean;
  /** For how long the provider has not answered; null when it did the last time, or was not asked. */
  readonly failingForMs: number | null;
}

const MINUTE_MS = 60_000;
/** Keys are asked for again in the background when they are older; a withdrawn key is gone then. */
const FRESH_MS = 10 * MINUTE_MS;
/** While the provider does not answer, known keys are used for so long. */
const USABLE_MS = 24 * 60 * MINUTE_MS;
/** How soon the provider is asked again after it did not answer. */
const RETRY_MS = 10_000;
/** How soon it is asked again because of a key that is not known: anybody can name one. */
const UNKNOWN_KEY_MS = 3000;
const TIMEOUT_MS = 5000;

/** The provider did not answer, or not with keys. Never quotes its address, which may hold a password. */
export class KeysUnavailable extends Error {}

const reasonOf = (error: unknown): string => {
  const { name, code, cause } = (error ?? {}) as { name?: unknown; code?: unknown; cause?: { code?: unknown } };
  return [cause?.code, code, name].find((reason) => typeof reason === 'string') ?? 'unknown';
};

const fetchJson = async (what: string, address: string): Promise<unknown> => {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return await response.json();
    throw new KeysUnavailable(`${what} of the identity provider answered ${String(response.status)}`);
  } catch (error) {
    if (error instanceof KeysUnavailable) throw error;
    throw new KeysUnavailable(`${what} of the identity provider could not be read: ${String(reasonOf(error))}`);
  }
};

const readKeys = (keys: unknown): JWTVerifyGetKey => {
  try {
    return createLocalJWKSet(keys as JSONWebKeySet);
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new KeysUnavailable('the identity provider publishes no set of keys');
    throw error;
  }
};

/**
 * The published keys of an identity provider, found by discovery. Fresh keys are used as they are; older ones are used
 * while new ones are asked for in the background, up to 24 hours when the provider does not answer. A success replaces
 * them all.
 */
export class ProviderKeys {
  private known: (Published & { readonly at: number }) | null = null;
  private asking: Promise<Published> | null = null;
  private askedAt = -Infinity;
  private failingSince: number | null = null;
  private heard: (ok: boolean) => void = () => undefined;

  /** @param now a monotonic clock, in milliseconds */
  constructor(
    private readonly issuer: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * What to check a token with.
   * @throws KeysUnavailable when no keys can be had that may still be used
   */
  async get(): Promise<Published> {
    const { known } = this;
    const now = this.now();
    if (!known || now - known.at > USABLE_MS) return this.ask();
    const due = now - known.at > FRESH_MS && now - this.askedAt > RETRY_MS;
    // Who waits for nothing hears of no failure; the state tells it.
    if (due) this.ask().catch(() => undefined);
    return known;
  }

  /**
   * What to check a token with whose key is not known: asks the provider, at most every few seconds.
   * @returns null when it was asked a moment ago
   * @throws KeysUnavailable when it does not answer
   */
  async renewed(): Promise<Published | null> {
    if (!this.asking && this.now() - this.askedAt < UNKNOWN_KEY_MS) return null;
    return this.ask();
  }

  /** For readiness and metrics. */
  state(): ProviderKeysState {
    const now = this.now();
    const ageMs = this.known && now - this.known.at;
    const failingForMs = this.failingSince === null ? null : now - this.failingSince;
    return { ageMs, failingForMs, usable: ageMs === null ? failingForMs === null : ageMs <= USABLE_MS };
  }

  /** @param heard called after each answer, or failure to answer, of the provider */
  observe(heard: (ok: boolean) => void): void {
    this.heard = heard;
  }

  private ask(): Promise<Published> {
    this.asking ??= this.read().finally(() => (this.asking = null));
    return this.asking;
  }

  private async read(): Promise<Published> {
    this.askedAt = this.now();
    try {
      const published = await this.discover();
      this.known = { ...published, at: this.askedAt };
      this.failingSince = null;
      this.heard(true);
      return published;
    } catch (error) {
      this.failingSince ??= this.askedAt;
      this.heard(false);
      throw error;
    }
  }

  private async discover(): Promise<Published> {
    const document = await fetchJson('the configuration', `${this.issuer}/.well-known/openid-configuration`);
    const { jwks_uri: address, issuer } = (document ?? {}) as { jwks_uri?: unknown; issuer?: unknown };
    if (typeof address !== 'string') throw new KeysUnavailable('the identity provider does not say where its keys are');
    const keys = readKeys(await fetchJson('the keys', address));
    return { keys, issuer: issuer === `${this.issuer}/` ? issuer : this.issuer };
  }
}
