import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** The published data of the identity provider that is needed to check tokens. */
export interface Published {
  readonly keys: JWTVerifyGetKey;
  /** As the provider spells it: with or without a slash at its end, which tokens then have too. */
  readonly issuer: string;
}

/** The state of the identity provider's keys. Times are in milliseconds. */
export interface ProviderKeysState {
  /** The age of the known keys; null if there are none. */
  readonly ageMs: number | null;
  /** Whether the known keys can be used; also true as long as no keys have been requested. */
  readonly usable: boolean;
  /** How long the provider has been failing; null if its last answer was good or it was not asked. */
  readonly failingForMs: number | null;
}

const MINUTE_MS = 60_000;
/** Older keys are refreshed in the background. A withdrawn key disappears then. */
const FRESH_MS = 10 * MINUTE_MS;
/** How long known keys are used while the provider does not answer. */
const USABLE_MS = 24 * 60 * MINUTE_MS;
/** The shortest time between two refreshes in the background. */
const RETRY_MS = 10_000;
/** The shortest time between two refreshes because of unknown keys, which anybody can cause. */
const UNKNOWN_KEY_MS = 3000;
const TIMEOUT_MS = 5000;

/** The provider's keys could not be read. The message never contains the address, which may hold a password. */
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
 * The published keys of an identity provider, found by discovery. Keys that are older than ten minutes are refreshed in
 * the background and stay in use meanwhile, for up to 24 hours if the provider does not answer. A refresh replaces all
 * keys.
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
   * The keys to check a token with.
   * @throws KeysUnavailable if there are no usable keys and the provider does not answer
   */
  async get(): Promise<Published> {
    const { known } = this;
    const now = this.now();
    if (!known || now - known.at > USABLE_MS) return this.ask();
    const due = now - known.at > FRESH_MS && now - this.askedAt > RETRY_MS;
    // Nobody waits for this refresh; a failure is visible in the state.
    if (due) this.ask().catch(() => undefined);
    return known;
  }

  /**
   * Refreshes the keys because a token names an unknown one, at most every few seconds.
   * @returns null if the last refresh was too recent
   * @throws KeysUnavailable if the provider does not answer
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

  /** @param heard called after each refresh, with whether it succeeded */
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
