import { errors, jwtVerify, type JWTPayload } from 'jose';
import { isCleanText } from './clean-text.js';
import { ProblemError } from './problem.js';
import { KeysUnavailable, ProviderKeys, type Published } from './provider-keys.js';

/** Who calls: a person acts inside the organisation of the token; a service names the organisation it acts for. */
export type Principal =
  | {
      readonly kind: 'person';
      readonly sub: string;
      readonly organizationId: string;
      readonly email: string | null;
      readonly locale: string | null;
      readonly permissions: readonly string[];
      /** When the token ends, in milliseconds since 1970. */
      readonly expiresAt?: number;
    }
  | {
      readonly kind: 'service';
      readonly sub: string;
      readonly scopes: readonly string[];
      readonly expiresAt?: number;
    };

/** OpenID Connect Core 1.0, 2: a subject does not exceed 255 characters. */
const LONGEST_SUBJECT = 255;

const algorithms = ['RS256', 'PS256', 'ES256'];

const unauthorized = (cause?: unknown): ProblemError =>
  new ProblemError(401, 'invalid-token', 'The access token is missing, or is not valid.', { cause });

const principalOf = (claims: JWTPayload): Principal => {
  const { sub } = claims;
  const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const organizationId = textOrNull(claims['organizationId']);
  // Who acted is written into histories and audits.
  if (typeof sub !== 'string' || sub.length > LONGEST_SUBJECT || !isCleanText(sub)) throw unauthorized();
  const expiry = claims.exp === undefined ? {} : { expiresAt: claims.exp * 1000 };
  if (organizationId === null)
    return { kind: 'service', sub, scopes: textOrNull(claims['scope'])?.split(' ') ?? [], ...expiry };
  const permissions = Array.isArray(claims['permissions'])
    ? claims['permissions'].filter((p) => typeof p === 'string')
    : [];
  return {
    kind: 'person',
    sub,
    organizationId,
    email: textOrNull(claims['email']),
    locale: textOrNull(claims['locale']),
    permissions,
    ...expiry,
  };
};

/** The tolerated difference between the clocks of the provider and of this machine. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Checks access tokens: signature by the provider's published keys, algorithm, issuer, audience, expiry. */
export class TokenVerifier {
  /** The provider's keys, for readiness and metrics. */
  readonly keys: ProviderKeys;

  /** @param now a monotonic clock in milliseconds, by which the age of keys is told */
  constructor(
    issuer: string,
    private readonly audience: string,
    now?: () => number,
  ) {
    this.keys = new ProviderKeys(issuer, now);
  }

  /**
   * @throws ProblemError 401 for a token that is missing, forged, expired or another's; 503 when the provider's keys
   * cannot be had, which says nothing about the token
   */
  async verify(token: string | undefined): Promise<Principal> {
    if (!token) throw unauthorized();
    try {
      return principalOf(await this.claims(token));
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      if (error instanceof errors.JOSEError) throw unauthorized(error);
      if (!(error instanceof KeysUnavailable)) throw error;
      throw new ProblemError(503, 'identity-provider-unavailable', 'The identity provider does not answer.', {
        cause: error,
      });
    }
  }

  private async claims(token: string): Promise<JWTPayload> {
    try {
      return await this.check(token, await this.keys.get());
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const renewed = await this.keys.renewed();
      if (!renewed) throw error;
      return this.check(token, renewed);
    }
  }

  private async check(token: string, { keys, issuer }: Published): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: this.audience,
      algorithms,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'exp', 'aud', 'iss'],
    });
    return payload;
  }
}
