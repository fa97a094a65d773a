import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { createWorld, type World } from './world.js';

const redirectUri = 'http://127.0.0.1:3001/docs/oauth2-redirect.html';
const account = {
  organizationId: crypto.randomUUID(),
  email: 'anne@example.no',
  name: 'Anne <Administrator>',
  locale: 'nb',
  permissions: ['organization:full'],
};
let world: World;

beforeAll(async () => {
  world = await createWorld();
  await world.control('PUT', '/accounts/anne', account);
});
afterAll(() => world.stop());

/** A browser as far as cookies go: it follows nothing by itself. */
const aBrowser = (): ((url: string, init?: RequestInit) => Promise<Response>) => {
  const cookies = new Map<string, string>();
  return async (url, init = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
};

it('a person signs in from the pages of the documentation, with PKCE, by choosing who they are', async () => {
  const browse = aBrowser();
  const issuer = `${world.url()}/oidc`;
  const verifier = randomBytes(32).toString('base64url');
  const question = {
    client_id: 'poweroffice-docs',
    response_type: 'code',
    scope: 'openid profile email',
    redirect_uri: redirectUri,
    state: 'a-state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  const next = (response: Response): string => new URL(response.headers.get('location') ?? '', issuer).href;
  const page = next(await browse(`${issuer}/auth?${new URLSearchParams(question).toString()}`));
  expect(await (await browse(page)).text()).toContain('value="anne">Anne &#60;Administrator&#62;');
  const resumed = next(await browse(page, { method: 'POST', body: new URLSearchParams({ sub: 'anne' }) }));
  const back = new URL(next(await browse(resumed)));
  expect([back.origin + back.pathname, back.searchParams.get('state')]).toEqual([redirectUri, 'a-state']);

  const redeem = (code_verifier: string): Promise<Response> =>
    fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { origin: 'http://127.0.0.1:3001' },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: back.searchParams.get('code') ?? '',
        redirect_uri: redirectUri,
        client_id: question.client_id,
        code_verifier,
      }),
    });
  const answer = await redeem(verifier);
  // The page that asks is another origin's.
  expect(answer.headers.get('access-control-allow-origin')).toBe('http://127.0.0.1:3001');
  const { access_token } = (await answer.json()) as { access_token: string };
  expect(decodeJwt(access_token)).toMatchObject({
    ...account,
    sub: 'anne',
    iss: issuer,
    aud: 'poweroffice-integration',
  });
  expect((await redeem(verifier)).status).toBe(400);
});
