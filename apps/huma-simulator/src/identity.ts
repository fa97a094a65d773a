import { generateKeyPairSync, randomUUID } from 'node:crypto';
import express, { Router, type Request, type Response } from 'express';
import Provider, { type Adapter, type AdapterPayload, type ClientMetadata, type JWKS } from 'oidc-provider';
import type { Config } from './config.js';
import type { Domain } from './domain.js';
import type { Account } from './model.js';
import type { Store } from './store.js';

/** Sign-in state lives as long as the process: after a restart people sign in again. */
class MemoryAdapter implements Adapter {
  private static readonly entries = new Map<string, { payload: AdapterPayload; until: number }>();

  constructor(private readonly name: string) {}

  private key(id: string): string {
    return `${this.name}:${id}`;
  }
  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    MemoryAdapter.entries.set(this.key(id), { payload, until: Date.now() + expiresIn * 1000 });
  }
  async find(id: string): Promise<AdapterPayload | undefined> {
    const found = MemoryAdapter.entries.get(this.key(id));
    return found && found.until > Date.now() ? found.payload : undefined;
  }
  private async findBy(name: 'uid' | 'userCode', value: string): Promise<AdapterPayload | undefined> {
    for (const [key, { payload }] of MemoryAdapter.entries) {
      if (key.startsWith(`${this.name}:`) && payload[name] === value) return payload;
    }
    return undefined;
  }
  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.findBy('uid', uid);
  }
  findByUserCode(code: string): Promise<AdapterPayload | undefined> {
    return this.findBy('userCode', code);
  }
  async consume(id: string): Promise<void> {
    const found = MemoryAdapter.entries.get(this.key(id));
    if (found) found.payload.consumed = Math.floor(Date.now() / 1000);
  }
  async destroy(id: string): Promise<void> {
    MemoryAdapter.entries.delete(this.key(id));
  }
  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, { payload }] of MemoryAdapter.entries)
      if (payload.grantId === grantId) MemoryAdapter.entries.delete(key);
  }
}

const signingKeys = async (): Promise<{ keys: object[] }> => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }] };
};

const clientsOf = (config: Config): ClientMetadata[] => {
  const browser = (clientId: string, paths: string[]): ClientMetadata => ({
    client_id: clientId,
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: [...paths, ...config.redirectUris],
    application_type: 'web',
  });
  const docs = [3001, 3002, 3003, 3004].map((port) => `http://127.0.0.1:${String(port)}/docs/oauth2-redirect.html`);
  return [
    browser('poweroffice-docs', docs),
    browser('poweroffice-pages', ['http://127.0.0.1:3000/auth/callback']),
    ...Object.entries(config.serviceSecrets).map(([clientId, secret]) => ({
      client_id: clientId,
      client_secret: secret,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      scope: 'poweroffice.internal',
    })),
  ];
};

const claimsOf = (account: Account): Record<string, unknown> => {
  const { organizationId, email, locale, permissions, name } = account;
  return { organizationId, email, locale, permissions, name };
};

/** The OpenID provider: people sign in by choosing who they are; services by their own client credentials. */
export const identity = async (
  config: Config,
  domain: Domain,
  store: Store,
): Promise<{ provider: Provider; router: Router }> => {
  const jwks = (await store.once('signing-keys', signingKeys)) as JWKS;
  const cookies = await store.once('cookie-keys', async () => ({ keys: [randomUUID()] }));
  const provider = new Provider(config.issuerUrl, {
    adapter: MemoryAdapter,
    jwks,
    cookies: { keys: cookies.keys },
    clients: clientsOf(config),
    scopes: ['openid', 'profile', 'email', 'poweroffice.internal'],
    claims: { openid: ['sub'], profile: ['name', 'locale', 'organizationId', 'permissions'], email: ['email'] },
    clientBasedCORS: () => true,
    findAccount: (_, sub) => {
      const account = domain.accounts.get(sub);
      return account && { accountId: sub, claims: () => ({ sub, ...claimsOf(account) }) };
    },
    extraTokenClaims: (_, token) => {
      const account = 'accountId' in token && token.accountId ? domain.accounts.get(token.accountId) : undefined;
      return account ? claimsOf(account) : {};
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:poweroffice-integration',
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid profile email poweroffice.internal',
          audience: config.audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    interactions: { url: (_, interaction) => `/oidc/sign-in/${interaction.uid}` },
    ttl: {
      AccessToken: 3600,
      ClientCredentials: 3600,
      Grant: 86_400,
      Session: 86_400,
      Interaction: 3600,
      IdToken: 3600,
    },
  });

  const router = Router();
  router.get('/sign-in/:uid', (_req, res) => {
    const escape = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${String(c.charCodeAt(0))};`);
    const choices = [...domain.accounts.values()].map(
      (a) => `<p><button name="sub" value="${escape(a.sub)}">${escape(a.name)} (${escape(a.email)})</button></p>`,
    );
    res
      .type('html')
      .send(
        `<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in as</h1><form method="post">${choices.join('')}</form></html>`,
      );
  });
  router.post('/sign-in/:uid', express.urlencoded({ extended: false }), async (req: Request, res: Response) => {
    const { params } = await provider.interactionDetails(req, res);
    const accountId = String((req.body as { sub?: string }).sub);
    const grant = new provider.Grant({ accountId, clientId: params['client_id'] as string });
    grant.addOIDCScope('openid profile email');
    grant.addResourceScope('urn:poweroffice-integration', 'openid profile email');
    const grantId = await grant.save();
    await provider.interactionFinished(
      req,
      res,
      { login: { accountId }, consent: { grantId } },
      { mergeWithLastSubmission: false },
    );
  });
  router.use(provider.callback());
  return { provider, router };
};

/** A token as the provider would issue it to a person who has signed in, without a browser. */
export const tokenFor = async (
  provider: Provider,
  config: Config,
  account: Account,
  lifetimeSeconds: number,
): Promise<string> => {
  const client = await provider.Client.find('poweroffice-pages');
  if (!client) throw new Error('The client of the pages is not known to the provider');
  const token = new provider.AccessToken({
    accountId: account.sub,
    client,
    scope: 'openid profile email',
    grantId: randomUUID(),
    gty: 'authorization_code',
    expiresIn: lifetimeSeconds,
  } as unknown as ConstructorParameters<typeof provider.AccessToken>[0]);
  token.resourceServer = new provider.ResourceServer('urn:poweroffice-integration', {
    scope: 'openid profile email',
    audience: config.audience,
    accessTokenFormat: 'jwt',
    accessTokenTTL: lifetimeSeconds,
    jwt: { sign: { alg: 'RS256' } },
  });
  return token.save();
};
