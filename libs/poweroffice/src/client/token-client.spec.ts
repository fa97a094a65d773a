import { json, LocalServer, type Reply } from '../../test/local-server.js';
import { PowerOfficeTokenClient } from './token-client.js';

const keys = { applicationKey: 'app', clientKey: 'client', subscriptionKey: 'sub' };
const options = { timeoutMs: 20_000 };

let server: LocalServer;
let client: PowerOfficeTokenClient;

beforeAll(async () => {
  server = await LocalServer.start();
  client = new PowerOfficeTokenClient({ tokenUrl: `${server.url}/OAuth/Token` });
});
afterAll(async () => {
  client.close();
  await server.stop();
});

const ask = (reply: Reply) => {
  server.reply = reply;
  return client.requestToken(keys, options);
};

describe('requestToken', () => {
  it('asks by client credentials', async () => {
    expect(await ask(json(200, { access_token: 'jwt', token_type: 'bearer', expires_in: 1200 }))).toEqual({
      outcome: 'granted',
      accessToken: 'jwt',
      expiresInSeconds: 1200,
    });
    expect(server.last).toMatchObject({ method: 'POST', url: '/OAuth/Token', body: 'grant_type=client_credentials' });
    expect(server.last.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('app:client').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'ocp-apim-subscription-key': 'sub',
    });
  });

  it.each([
    [400, { error: 'invalid_client', error_description: 'Client integration not found.' }],
    [401, { error: 'unauthorized_client', error_description: 'No.' }],
  ])('%i: tells refused keys from everything else', async (status, body) => {
    expect(await ask(json(status, body))).toMatchObject({
      outcome: 'refused',
      error: body.error,
      description: body.error_description,
      failure: { status },
    });
  });

  it.each<[string, Reply, object]>([
    [
      'a refused subscription key',
      json(401, { statusCode: 401, message: 'Access denied.' }),
      { kind: 'unavailable', code: 'subscription-key-refused' },
    ],
    ['a 400 without a reason', json(400, '<html>'), { kind: 'unavailable', code: 'foreign-answer' }],
    [
      'too many requests',
      json(429, { statusCode: '429', message: 'Wait.' }),
      { code: 'rate-limited', retryAfterMs: 1000 },
    ],
    ['a server error', json(503, ''), { kind: 'unavailable', code: 'server-error' }],
    ['a lost connection', (_, response) => void response.destroy(), { kind: 'unavailable', code: 'connection-lost' }],
    ['no token', json(200, { expires_in: 1200 }), { code: 'unreadable-answer', detail: 'access_token' }],
    ['no time', json(200, { access_token: 'jwt' }), { code: 'unreadable-answer', detail: 'expires_in' }],
    [
      'a wrong time',
      json(200, { access_token: 'jwt', expires_in: 'soon' }),
      { code: 'unreadable-answer', detail: 'expires_in' },
    ],
    ['a page', json(200, '<html>'), { code: 'unreadable-answer', detail: 'not JSON' }],
    ['nowhere', json(404, ''), { kind: 'unavailable', code: 'foreign-answer' }],
  ])('%s says nothing about the keys', async (_, reply, failure) => {
    expect(await ask(reply)).toMatchObject({ outcome: 'failed', failure });
  });

  it('bounds how long a token is said to live', async () => {
    expect(await ask(json(200, { access_token: 'jwt', expires_in: -5 }))).toMatchObject({ expiresInSeconds: 0 });
    expect(await ask(json(200, { access_token: 'jwt', expires_in: '9999999' }))).toMatchObject({
      expiresInSeconds: 86_400,
    });
  });
});
