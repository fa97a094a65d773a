import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

/** An identity provider as far as services see one: discovery, keys, and the tokens it has signed. */
export interface TestIssuer {
  readonly url: string;
  readonly audience: string;
  /** An administrator of that organisation, or whoever the claims make of them. */
  person(organizationId: string, claims?: JWTPayload): Promise<string>;
  /** A service with its own credentials. */
  service(claims?: JWTPayload): Promise<string>;
  /** @param expires such as `5m`, or `-1s` for a token that is too old */
  sign(claims: JWTPayload, expires?: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1; the tokens are for that audience. */
export const startTestIssuer = async (audience = 'poweroffice'): Promise<TestIssuer> => {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'RS256' };
  const server = createServer((request, response) => {
    const body = request.url?.endsWith('/jwks') ? { keys: [jwk] } : { issuer: url, jwks_uri: `${url}/jwks` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

  const sign = (claims: JWTPayload, expires = '5m'): Promise<string> =>
    new SignJWT({ sub: 'someone', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'test' })
      .setIssuer(url)
      .setAudience(audience)
      .setExpirationTime(expires)
      .sign(privateKey);
  return {
    url,
    audience,
    person: (organizationId, claims = {}) =>
      sign({
        organizationId,
        email: 'kari@example.no',
        locale: 'nb',
        permissions: ['organization:full'],
        ...claims,
      }),
    service: (claims = {}) => sign({ sub: 'a-service', scope: 'poweroffice.internal', ...claims }),
    sign,
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => {
          done();
        });
      }),
  };
};
