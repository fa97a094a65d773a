import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { TokenVerifier } from './token-verifier.js';

let server: Server;
let issuer: string;
let up = true;
let keysAnswer: { status: number; body: string } | null = null;
let ours: CryptoKey;
let theirs: CryptoKey;
let published = '';
let jwks: object[];
let asked = 0;

beforeAll(async () => {
  const pair = await generateKeyPair('RS256');
  ours = pair.privateKey;
  theirs = (await generateKeyPair('RS256')).privateKey;
  jwks = [{ ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'RS256' }];
  published = await exportSPKI(pair.publicKey);
  server = createServer((req, res) => {
    asked += 1;
    if (!up) return void res.writeHead(500).end();
    if (keysAnswer && req.url?.endsWith('/jwks')) return void res.writeHead(keysAnswer.status).end(keysAnswer.body);
    if (req.url?.startsWith('/slash/')) {
      const document = { issuer: `${issuer}/slash/`, jwks_uri: `${issuer}/jwks` };
      return void res.setHeader('content-type', 'application/json').end(JSON.stringify(document));
    }
    const body = req.url?.endsWith('/jwks') ? { keys: jwks } : { jwks_uri: `${issuer}/jwks` };
    res.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => new Promise((done) => server.close(done)));

const person = { organizationId: 'org', email: 'a@b.no', locale: 'nb', permissions: ['organization:full'] };
const sign = (
  claims: JWTPayload,
  change: { kid?: string; key?: CryptoKey; audience?: string; issuer?: string; expires?: string } = {},
): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: change.kid ?? 'k' })
    .setSubject('someone')
    .setIssuer(change.issuer ?? issuer)
    .setAudience(change.audience ?? 'us')
    .setExpirationTime(change.expires ?? '5m')
    .sign(change.key ?? ours);

/** The same token with all permissions written into it. */
const tampered = (token: string): string => {
  const [header, claims = '', signature] = token.split('.');
  const changed = { ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), ...person };
  return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
};

describe('TokenVerifier', () => {
  it('knows a person and a service by their claims', async () => {
    const verifier = new TokenVerifier(issuer, 'us');
    expect(await verifier.verify(await sign(person))).toMatchObject({ kind: 'person', sub: 'someone', ...person });
    expect(await verifier.verify(await sign({ scope: 'poweroffice.internal' }))).toMatchObject({
      kind: 'service',
      sub: 'someone',
      scopes: ['poweroffice.internal'],
    });
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ['missing', async () => undefined],
    ['no token at all', async () => 'abc'],
    ['signed by another key', () => sign(person, { key: theirs })],
    ['for another audience', () => sign(person, { audience: 'them' })],
    ['of another issuer', () => sign(person, { issuer: 'https://elsewhere.no' })],
    ['expired', () => sign(person, { expires: '-10s' })],
    [
      'signed with the published key as if it were a secret',
      () =>
        new SignJWT(person)
          .setProtectedHeader({ alg: 'HS256', kid: 'k' })
          .setSubject('someone')
          .setIssuer(issuer)
          .setAudience('us')
          .setExpirationTime('5m')
          .sign(new TextEncoder().encode(published)),
    ],
    [
      'without an end',
      () =>
        new SignJWT(person)
          .setProtectedHeader({ alg: 'RS256', kid: 'k' })
          .setSubject('someone')
          .setIssuer(issuer)
          .setAudience('us')
          .sign(ours),
    ],
    ['not valid yet', () => sign({ ...person, nbf: Math.floor(Date.now() / 1000) + 3600 })],
    ['changed after it was signed', async () => tampered(await sign({ ...person, permissions: [] }))],
    [
      'unsigned',
      async () =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(person)).toString('base64url')}.`,
    ],
  ])('refuses a token that is %s', async (_, make) => {
    await expect(new TokenVerifier(issuer, 'us').verify(await make())).rejects.toMatchObject({
      status: 401,
      code: 'invalid-token',
    });
  });

  it('does not blame the token for a provider that is down, and recovers', async () => {
    const verifier = new TokenVerifier(issuer, 'us');
    const token = await sign(person);
    up = false;
    await expect(verifier.verify(token)).rejects.toMatchObject({ status: 503 });
    up = true;
    expect(await verifier.verify(token)).toMatchObject({ kind: 'person' });
  });

  it.each([
    ['an error', 500, ''],
    ['a page', 200, '<html>'],
    ['no set of keys', 200, '{"keys":1}'],
  ])('does not blame the token when the keys are %s, and recovers', async (_, status, body) => {
    const verifier = new TokenVerifier(issuer, 'us');
    const token = await sign(person);
    keysAnswer = { status, body };
    await expect(verifier.verify(token)).rejects.toMatchObject({ status: 503 });
    keysAnswer = null;
    expect(await verifier.verify(token)).toMatchObject({ kind: 'person' });
  });

  it('takes the issuer as the provider spells it: a slash at its end is no other issuer', async () => {
    const verifier = new TokenVerifier(`${issuer}/slash`, 'us');
    const token = await sign(person, { issuer: `${issuer}/slash/` });
    expect(await verifier.verify(token)).toMatchObject({ kind: 'person' });
    await expect(verifier.verify(await sign(person))).rejects.toMatchObject({ status: 401 });
  });

  it('takes a token that has ended a moment ago: clocks differ', async () => {
    expect(await new TokenVerifier(issuer, 'us').verify(await sign(person, { expires: '-1s' }))).toMatchObject({
      kind: 'person',
    });
  });

  describe('with keys that were read before', () => {
    const HOUR = 3_600_000;
    let now = 0;
    let verifier: TokenVerifier;
    beforeEach(async () => {
      now = 0;
      verifier = new TokenVerifier(issuer, 'us', () => now);
      await verifier.verify(await sign(person));
    });
    afterEach(() => {
      up = true;
    });

    it('goes on for 24 hours while the provider is away, and says so', async () => {
      const token = await sign(person);
      const heard: boolean[] = [];
      verifier.keys.observe((ok) => heard.push(ok));
      up = false;
      now = HOUR;
      expect(await verifier.verify(token)).toMatchObject({ kind: 'person' });
      await eventually(() => heard.length === 1);
      now = 24 * HOUR;
      expect(await verifier.verify(token)).toMatchObject({ kind: 'person' });
      expect(verifier.keys.state()).toEqual({ ageMs: 24 * HOUR, failingForMs: 23 * HOUR, usable: true });
      await eventually(() => heard.length === 2);
      now += 1;
      await expect(verifier.verify(token)).rejects.toMatchObject({ status: 503 });
      expect(verifier.keys.state()).toMatchObject({ usable: false });
      up = true;
      expect(await verifier.verify(token)).toMatchObject({ kind: 'person' });
      expect(verifier.keys.state()).toEqual({ ageMs: 0, failingForMs: null, usable: true });
    });

    it('drops a key that the provider has withdrawn at its next answer', async () => {
      const token = await sign(person);
      const before = jwks;
      jwks = [];
      try {
        now = HOUR;
        expect(await verifier.verify(token)).toMatchObject({ kind: 'person' });
        await eventually(() => verifier.keys.state().ageMs === 0);
        await expect(verifier.verify(token)).rejects.toMatchObject({ status: 401 });
      } finally {
        jwks = before;
      }
    });

    it('takes a new key within seconds, however many unknown keys strangers name', async () => {
      const before = jwks;
      const stranger = await sign(person, { kid: 'nobody knows', key: theirs });
      const pair = await generateKeyPair('RS256');
      now = 10_000;
      await expect(verifier.verify(stranger)).rejects.toMatchObject({ status: 401 });
      jwks = [...before, { ...(await exportJWK(pair.publicKey)), kid: 'new', alg: 'RS256' }];
      try {
        const requests = asked;
        for (now = 10_100; now < 12_900; now += 100)
          await expect(verifier.verify(stranger)).rejects.toMatchObject({ status: 401 });
        expect(asked).toBe(requests);
        now = 13_100;
        expect(await verifier.verify(await sign(person, { kid: 'new', key: pair.privateKey }))).toMatchObject({
          kind: 'person',
        });
      } finally {
        jwks = before;
      }
    });
  });

  it('never quotes a password in the address of the provider', async () => {
    const withPassword = issuer.replace('http://', 'http://someone:hunter2@');
    const error: unknown = await new TokenVerifier(withPassword, 'us')
      .verify(await sign(person))
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ status: 503 });
    expect(inspect(error, { depth: 10 })).not.toContain('hunter2');
  });
});

/** Waits for what happens in the background. */
const eventually = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((done) => setImmediate(done));
};
