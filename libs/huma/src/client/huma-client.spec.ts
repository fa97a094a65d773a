import { json, LocalServer, type Reply } from '../../test/local-server.js';
import { HumaClient, type HumaCall } from './huma-client.js';

const ID = '7b3fd3f4-9f7c-4a55-8c8a-0e5a2f3f1c11';
const call: HumaCall = { token: 'a-token', timeoutMs: 20_000 };
const wrapped = (value: unknown) => ({ value, editable: true, integrations: {} });
const details = {
  id: ID,
  type: 'user',
  givenName: wrapped('Kari'),
  familyName: wrapped('Nordmann'),
  email: wrapped('kari@example.no'),
  phone: wrapped('+4740000001'),
  birthDate: { ...wrapped('1984-02-29'), showBirthday: true },
  gender: wrapped(null),
  homeAddress: wrapped({ line1: 'Storgata 1', postalCode: '0161', city: 'Oslo', country: 'NO' }),
  bankAccount: wrapped({ type: 'NATIONAL', number: '12345678903', country: 'NO' }),
  employmentId: { editable: false },
  identifications: wrapped([{ id: 'i1', type: 'national', country: 'NO', value: '30011679680' }]),
  companies: wrapped([{ id: 'c1', name: 'Fjord AS', type: 'company' }]),
  teams: wrapped([]),
  status: { active: true },
  somethingNew: 1,
};
const user = {
  id: ID,
  givenName: 'Kari',
  familyName: 'Nordmann',
  email: 'kari@example.no',
  companies: [{ id: 'c1', name: 'Fjord AS', type: 'company' }],
  type: 'user',
  jobTitles: [],
  status: { active: false },
};
const summary = {
  id: ID,
  givenName: 'Kari',
  familyName: 'Nordmann',
  email: 'kari@example.no',
  phone: null,
  companies: ['c1'],
  locations: [],
  teams: [],
  active: false,
};
const person = {
  givenName: 'Kari',
  familyName: 'Nordmann',
  email: 'kari@example.no',
  phone: '+4740000001',
  birthDate: '1984-02-29',
  gender: null,
  homeAddress: { line1: 'Storgata 1', line2: null, line3: null, postalCode: '0161', city: 'Oslo', country: 'NO' },
  bankAccount: { type: 'national', country: 'NO', number: '12345678903' },
  employmentId: null,
  identifications: [{ id: 'i1', type: 'national', country: 'NO', value: '30011679680' }],
  companies: ['c1'],
  locations: [],
  teams: [],
  active: true,
};

let server: LocalServer;
let client: HumaClient;

beforeAll(async () => {
  server = await LocalServer.start();
  client = new HumaClient({ baseUrl: `${server.url}/`, tokenUrl: `${server.url}/auth/oauth/token` });
});
afterAll(() => server.stop());
beforeEach(() => {
  server.received.length = 0;
});

describe('reads', () => {
  it('a user, out of its wrappers', async () => {
    server.reply = json(200, details);
    expect(await client.getUser(ID, { ...call, traceparent: '00-1-2-01', correlationId: 'corr' })).toEqual({
      outcome: 'found',
      value: { id: ID, person },
    });
    expect(server.last).toMatchObject({ method: 'GET', url: `/users/${ID}` });
    expect(server.last.headers).toMatchObject({
      accept: 'application/json',
      authorization: 'Bearer a-token',
      'user-agent': 'huma-poweroffice',
      traceparent: '00-1-2-01',
      'x-correlation-id': 'corr',
    });
  });

  it('users by page and filter', async () => {
    server.reply = json(200, { total: 51, items: [user, user], filters: {}, meta: {} });
    expect(
      await client.listUsers({ offset: 50, search: 'kari@example.no', isActive: true, ids: ['a', ID] }, call),
    ).toEqual({
      outcome: 'found',
      value: { items: [summary], unreadable: [], incomplete: false, total: 51 },
    });
    expect(server.last.url).toBe(`/users?limit=50&offset=50&search=kari%40example.no&isActive=true&id=a&id=${ID}`);
  });

  it('groups', async () => {
    server.reply = json(200, { items: [{ id: 'c1', name: 'Fjord AS', type: 'company', members: [] }] });
    expect(await client.listGroups({ types: ['company', 'team'] }, call)).toEqual({
      outcome: 'found',
      value: {
        items: [{ id: 'c1', name: 'Fjord AS', type: 'company' }],
        unreadable: [],
        incomplete: false,
        total: null,
      },
    });
    expect(server.last.url).toBe('/groups?limit=25&offset=0&type=company&type=team');
    server.reply = json(200, { id: 'c1', name: 'Fjord AS', grants: [] });
    expect(await client.getGroup('c1', call)).toEqual({ outcome: 'found', value: { id: 'c1', name: 'Fjord AS' } });
  });

  it('who cannot be read by id, and whether there is anybody else', async () => {
    server.reply = json(200, { total: 3, items: [user, { id: 'u2', email: 7 }, { ...user, id: undefined }] });
    expect(await client.listUsers({}, call)).toMatchObject({
      value: { items: [summary], unreadable: [{ id: 'u2', field: 'givenName' }], incomplete: true },
    });
  });

  it('nothing out of what was not asked for', async () => {
    const misfit = (field: string) => ({
      failure: { kind: 'unavailable', code: 'answer-does-not-fit', fields: [field] },
    });
    server.reply = json(200, { items: [user] });
    expect(await client.listUsers({ ids: ['a'] }, call)).toMatchObject({ outcome: 'failed', ...misfit('id') });
    server.reply = json(200, { id: 'c2', name: 'Fjord AS' });
    expect(await client.getGroup('c1', call)).toMatchObject({ outcome: 'failed', ...misfit('id') });
  });

  it('texts clean', async () => {
    server.reply = json(200, { items: [{ ...user, givenName: ' A\u030ase\u200b\u0000' }] });
    expect(await client.listUsers({}, call)).toMatchObject({ value: { items: [{ givenName: 'Åse' }] } });
  });

  it.each<[string, unknown, string, string?]>([
    ['a page', '<html>', 'not JSON'],
    ['a million brackets', '['.repeat(900_000), 'not JSON'],
    ['nothing', '', 'not JSON'],
    ['a list', [], 'user'],
    ['a user without an id', { ...details, id: undefined }, 'id'],
    ['somebody else', { ...details, id: 'else' }, 'id', 'answer-does-not-fit'],
    ['a user without an email', { ...details, email: undefined }, 'email'],
    ['a user without a status', { ...details, status: undefined }, 'status'],
    ['a value that is not wrapped', { ...details, phone: '+4740000001' }, 'phone'],
    ['a wrong type', { ...details, phone: wrapped(4740000001) }, 'phone'],
    ['an account without a type', { ...details, bankAccount: wrapped({ number: '1' }) }, 'type'],
    ['too much', ' '.repeat(1_000_001), 'too large', 'answer-too-large'],
  ])('nothing out of %s', async (_, body, where, code = 'unreadable-answer') => {
    server.reply = json(200, body);
    expect(await client.getUser(ID, call)).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'unavailable', code, status: 200, fields: [where] },
    });
  });

  it.each<[string, Reply, object]>([
    ['404', json(404, { errorCode: 'object:not-found' }), { outcome: 'not-found' }],
    ['401', json(401, { error: 'invalid_token' }), { outcome: 'failed', failure: { kind: 'unauthorized' } }],
    ['403', json(403, ''), { outcome: 'failed', failure: { kind: 'forbidden' } }],
    ['429', json(429, '', { 'Retry-After': '2' }), { failure: { code: 'rate-limited', retryAfterMs: 2000 } }],
    ['500', json(500, '<html>'), { failure: { kind: 'unavailable', code: 'server-error' } }],
    ['302', json(302, '', { Location: '/login' }), { failure: { kind: 'unavailable', code: 'foreign-answer' } }],
    ['a reset', (_, response) => void response.socket?.resetAndDestroy(), { failure: { code: 'connection-lost' } }],
  ])('%s as what it means, in one request', async (_, reply, expected) => {
    server.reply = reply;
    expect(await client.getUser(ID, call)).toMatchObject(expected);
    expect(server.received).toHaveLength(1);
  });

  it('nothing for an id that is none, nor for an empty filter', async () => {
    await expect(client.getUser('../groups', call)).rejects.toThrow(RangeError);
    await expect(client.getUser('', call)).rejects.toThrow(RangeError);
    await expect(client.listUsers({ ids: [] }, call)).rejects.toThrow(RangeError);
    expect(server.received).toEqual([]);
  });
});

describe('writes', () => {
  it('a new user', async () => {
    server.reply = json(200, user);
    const input = { givenName: 'Kari', familyName: 'Nordmann', email: 'kari@example.no', groups: ['c1'] };
    expect(await client.createUser(input, call)).toEqual({ outcome: 'applied', body: summary });
    expect(server.last).toMatchObject({ method: 'POST', url: '/users', body: JSON.stringify(input) });
    expect(server.last.headers['content-type']).toBe('application/json');
    expect(await client.createUser({ ...input, email: 'ola@example.no' }, call)).toMatchObject({
      outcome: 'unknown',
      failure: { code: 'answer-does-not-fit', fields: ['email'] },
    });
  });

  it('changed values', async () => {
    server.reply = json(200, details);
    expect(await client.patchUser(ID, { phone: '+4740000001' }, call)).toEqual({
      outcome: 'applied',
      body: { id: ID, person },
    });
    expect(server.last).toMatchObject({ method: 'PATCH', url: `/users/${ID}`, body: '{"phone":"+4740000001"}' });
  });

  it.each<[string, Reply, object]>([
    ['a body that cannot be read', json(200, 'OK'), { outcome: 'unknown', failure: { code: 'unreadable-answer' } }],
    ['nothing', json(200, ''), { outcome: 'unknown', failure: { kind: 'unknown' } }],
    [
      'somebody else',
      json(200, { ...details, id: 'else' }),
      { outcome: 'unknown', failure: { code: 'answer-does-not-fit' } },
    ],
    ['a page of 404', json(404, '<html>'), { outcome: 'unknown', failure: { answeredBy: 'page' } }],
    [
      'a body whose end is lost',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': 99 }).write('{', () => response.destroy());
      },
      { outcome: 'unknown', failure: { code: 'connection-lost' } },
    ],
    [
      '400',
      json(400, { errorCode: 'field:not-unique', fields: ['email'] }),
      { outcome: 'refused', failure: { fields: ['email'] } },
    ],
    ['429', json(429, ''), { outcome: 'not-sent', failure: { kind: 'unavailable' } }],
    ['500', json(500, ''), { outcome: 'unknown', failure: { kind: 'unknown' } }],
    ['503', json(503, ''), { outcome: 'unknown' }],
    [
      'a lost connection',
      (_, response) => void response.destroy(),
      { outcome: 'unknown', failure: { code: 'connection-lost' } },
    ],
  ])('answered by %s', async (_, reply, expected) => {
    server.reply = reply;
    expect(await client.patchUser(ID, {}, call)).toMatchObject(expected);
  });

  it('that time out or are cancelled on the way are unknown', async () => {
    server.reply = () => undefined;
    expect(await client.patchUser(ID, {}, { ...call, timeoutMs: 100 })).toEqual({
      outcome: 'unknown',
      failure: { kind: 'unknown', code: 'timed-out' },
    });
    const cancel = new AbortController();
    server.reply = () => cancel.abort();
    expect(await client.patchUser(ID, {}, { ...call, signal: cancel.signal })).toEqual({
      outcome: 'unknown',
      failure: { kind: 'unknown', code: 'cancelled' },
    });
  });

  it('that never left are not sent', async () => {
    const gone = await LocalServer.start();
    const { url } = gone;
    await gone.stop();
    const nowhere = new HumaClient({ baseUrl: url, tokenUrl: url });
    expect(await nowhere.patchUser(ID, {}, call)).toMatchObject({
      outcome: 'not-sent',
      failure: { code: 'not-connected' },
    });
    const late = { ...call, beforeSend: () => false };
    expect(await client.patchUser(ID, {}, late)).toMatchObject({
      outcome: 'not-sent',
      failure: { code: 'deadline-passed' },
    });
    const cancelled = { ...call, signal: AbortSignal.abort() };
    expect(await client.patchUser(ID, {}, cancelled)).toMatchObject({
      outcome: 'not-sent',
      failure: { code: 'cancelled' },
    });
    expect(server.received).toEqual([]);
  });
});

describe('requestToken', () => {
  const ask = (reply: Reply) => {
    server.reply = reply;
    return client.requestToken({ clientId: 'id', clientSecret: 's&cret' }, { timeoutMs: 20_000 });
  };

  it('asks by client credentials', async () => {
    const token = { access_token: 'jwt', token_type: 'bearer', expires_in: 3600, organizationId: 'o1', userId: 'u1' };
    expect(await ask(json(200, token))).toEqual({
      outcome: 'granted',
      accessToken: 'jwt',
      expiresInSeconds: 3600,
      organizationId: 'o1',
    });
    expect(server.last).toMatchObject({
      method: 'POST',
      url: '/auth/oauth/token',
      body: 'grant_type=client_credentials&client_id=id&client_secret=s%26cret',
    });
  });

  it.each<[string, Reply, object]>([
    [
      '400',
      json(400, { errorCode: 'field:invalid-format' }),
      { outcome: 'refused', failure: { errorCode: 'field:invalid-format' } },
    ],
    ['401', json(401, { error: 'invalid_client' }), { outcome: 'refused', failure: { errorCode: 'invalid_client' } }],
    ['404', json(404, ''), { outcome: 'failed', failure: { kind: 'unavailable' } }],
    ['a page of 401', json(401, '<html>'), { outcome: 'failed', failure: { kind: 'unavailable' } }],
    ['500', json(500, ''), { outcome: 'failed', failure: { kind: 'unavailable' } }],
    ['no token', json(200, { expires_in: 5 }), { outcome: 'failed', failure: { fields: ['access_token'] } }],
    ['no time', json(200, { access_token: 'jwt' }), { outcome: 'granted', expiresInSeconds: 300 }],
    ['a fraction', json(200, { access_token: 'jwt', expires_in: 1199.9 }), { expiresInSeconds: 1199 }],
    ['a text', json(200, { access_token: 'jwt', expires_in: '1200' }), { expiresInSeconds: 1200 }],
    ['a byte order mark', json(200, '\ufeff{"access_token":"jwt","expires_in":5}'), { expiresInSeconds: 5 }],
    ['a wrong time', json(200, { access_token: 'jwt', expires_in: 'soon' }), { failure: { fields: ['expires_in'] } }],
    ['too much', json(200, ' '.repeat(100_001)), { outcome: 'failed', failure: { code: 'answer-too-large' } }],
  ])('%s', async (_, reply, expected) => {
    expect(await ask(reply)).toMatchObject(expected);
  });
});
