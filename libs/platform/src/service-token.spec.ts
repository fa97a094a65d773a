import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from './secret.js';
import { ServiceToken } from './service-token.js';

let server: Server;
let issuer: string;
let given = 0;
let life: { expires_in?: number } = {};
let up = true;

beforeAll(async () => {
  server = createServer((req, res) => {
    if (!up) return void res.writeHead(500).end();
    const document = { issuer, token_endpoint: `${issuer}/token` };
    const token = (): object => ({ access_token: `token-${String((given += 1))}`, token_type: 'Bearer', ...life });
    const body = req.url === '/token' ? token() : document;
    res.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => new Promise((done) => server.close(done)));
beforeEach(() => {
  given = 0;
  life = { expires_in: 3600 };
});

const aToken = (): ServiceToken =>
  new ServiceToken({ issuer, clientId: 'us', clientSecret: new Secret('s'), scope: 'poweroffice.internal' });

describe('ServiceToken', () => {
  it.each<[string, { expires_in?: number }]>([
    ['an hour', { expires_in: 3600 }],
    ['a minute', { expires_in: 60 }],
    ['nobody says how long', {}],
  ])('is asked for once where it lives %s', async (_, lives) => {
    life = lives;
    const token = aToken();
    expect(await Promise.all([token.get(), token.get()])).toEqual(['token-1', 'token-1']);
    expect(await token.get()).toBe('token-1');
  });

  it('that was refused is asked for anew, once', async () => {
    const token = aToken();
    const refused = await token.get();
    token.forget(refused);
    const next = await token.get();
    expect(next).toBe('token-2');
    token.forget(refused);
    expect(await token.get()).toBe(next);
  });

  it('does not remember a failure', async () => {
    const token = aToken();
    up = false;
    await expect(token.get()).rejects.toThrow();
    up = true;
    expect(await token.get()).toBe('token-1');
  });
});
