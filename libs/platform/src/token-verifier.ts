import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { ProblemError } from './problem.js';

/** Who calls: a person acts inside the organisation of the token; a service names the organisation it acts for. */
export type Principal =
  | {
      readonly kind: 'person';
      readonly sub: string;
      readonly organizationId: string;
      readonly email: string | null;
      readonly locale: string | null;
      readonly permissions: readonly string[];
    }
  | { readonly kind: 'service'; readonly sub: string; readonly scopes: readonly string[] };

const algorithms = ['RS256', 'PS256', 'ES256'];

const unauthorized = (cause?: unknown): ProblemError =>
  new ProblemError(401, 'invalid-token', 'The access token is missing, or is not valid.', { cause });

const principalOf = (claims: JWTPayload): Principal => {
  const { sub } = claims;
  const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const organizationId = textOrNull(claims['organizationId']);
  if (typeof sub !== 'string') throw unauthorized();
  if (organizationId === null) return { kind: 'service', sub, scopes: textOrNull(claims['scope'])?.split(' ') ?? [] };
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
  };
};

/** What the provider publishes, as far as it is needed here. */
interface Published {
  readonly keys: JWTVerifyGetKey;
  /** As the provider spells it: with or without a slash at its end, which tokens then have too. */
  readonly issuer: string;
}

/** Whether it is the keys that could not be had. Of an answer that is none, jose throws its error of no kind. */
const isOfKeys = (error: errors.JOSEError): boolean =>
  error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === errors.JOSEError.code;

/** Checks access tokens: signature by the provider's published keys, algorithm, issuer, audience, expiry. */
export class TokenVerifier {
  private found: Promise<Published> | null = null;

  constructor(
    private readonly issuer: string,
    private readonly audience: string,
  ) {}

  /**
   * @throws ProblemError 401 for a token that is missing, forged, expired or another's; 503 when the provider's keys
   * cannot be had, which says nothing about the token
   */
  async verify(token: string | undefined): Promise<Principal> {
    if (!token) throw unauthorized();
    try {
      const { keys, issuer } = await this.published();
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience: this.audience,
        algorithms,
        requiredClaims: ['sub', 'exp', 'aud', 'iss'],
      });
      return principalOf(payload);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      if (error instanceof errors.JOSEError && !isOfKeys(error)) throw unauthorized(error);
      throw new ProblemError(503, 'identity-provider-unavailable', 'The identity provider does not answer.', {
        cause: error,
      });
    }
  }

  /** The keys are found by discovery; a failure is not remembered. */
  private published(): Promise<Published> {
    this.found ??= this.discover().catch((error: unknown) => {
      this.found = null;
      throw error;
    });
    return this.found;
  }

  private async discover(): Promise<Published> {
    const response = await fetch(`${this.issuer}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(5000),
    });
    if (!response.ok) throw new Error(`discovery answered ${String(response.status)}`);
    const { jwks_uri, issuer } = (await response.json()) as { jwks_uri?: unknown; issuer?: unknown };
    if (typeof jwks_uri !== 'string') throw new Error('discovery names no keys');
    return {
      keys: createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: 5000 }),
      issuer: issuer === `${this.issuer}/` ? issuer : this.issuer,
    };
  }
}
