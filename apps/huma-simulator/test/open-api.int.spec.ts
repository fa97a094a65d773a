import { aHumaUser } from '@huma-poweroffice/testing';
import type { User } from '../src/model.js';
import { specification } from './specification.js';
import { createWorld, type Answer, type World } from './world.js';

const spec = specification();
const org = crypto.randomUUID();
const [company, location] = [crypto.randomUUID(), crypto.randomUUID()];
const credentials = { client_id: crypto.randomUUID(), client_secret: crypto.randomUUID() };
const grant = { grant_type: 'client_credentials', ...credentials };
let world: World;
let token: string;

/** A request that the document knows, and an answer that is held against it. */
const ask = async (
  method: string,
  path: string,
  body?: unknown,
  { authorization = `Bearer ${token}` } = {},
): Promise<Answer> => {
  const answer = await world.ask(method, path, body, { authorization });
  expect(spec.checkRequest(method, path, undefined)).toEqual([]);
  expect(spec.check(method, path, answer.status, answer.body)).toEqual([]);
  return answer;
};
const items = ({ body }: Answer): Record<string, unknown>[] => body['items'] as Record<string, unknown>[];
const addUser = async (change: object = {}): Promise<User> => {
  const profile = { ...aHumaUser(), companies: [company], ...change };
  const [user] = await world.control<User[]>('POST', `/organizations/${org}/users`, [{ profile }]);
  return user!;
};

beforeAll(async () => {
  world = await createWorld();
  const { client_id: clientId, client_secret: clientSecret } = credentials;
  await world.control('PUT', `/organizations/${org}`, { name: 'Org', clientId, clientSecret });
  await world.control('PUT', `/groups/${company}`, { organizationId: org, type: 'company', name: 'Fjord AS' });
  await world.control('PUT', `/groups/${location}`, { organizationId: org, type: 'location', name: 'Oslo' });
  expect(spec.checkRequest('POST', '/auth/oauth/token', grant)).toEqual([]);
  token = String((await ask('POST', '/auth/oauth/token', grant)).body['access_token']);
});
afterAll(() => world.stop());

it('the document finds what is wrong', () => {
  expect(spec.check('GET', '/users', 200, { items: [{ id: 'not an id' }] })).not.toEqual([]);
  expect(spec.check('GET', '/users', 201, {})).not.toEqual([]);
  expect(spec.checkRequest('GET', '/users?email=a', undefined)).not.toEqual([]);
  expect(spec.checkRequest('POST', '/users', { givenName: 'Kari' })).not.toEqual([]);
});

describe('a token', () => {
  it.each([
    ['a wrong secret', { ...grant, client_secret: crypto.randomUUID() }, 401],
    ['another grant', { ...grant, grant_type: 'password' }, 400],
  ])('is refused for %s', async (_, body, status) => {
    expect((await ask('POST', '/auth/oauth/token', body)).status).toBe(status);
  });

  it.each(['', 'Bearer nonsense'])('that is %j opens nothing', async (authorization) => {
    for (const path of ['/users', `/users/${crypto.randomUUID()}`, '/groups', `/groups/${company}`])
      expect((await ask('GET', path, undefined, { authorization })).status).toBe(401);
  });
});

describe('users', () => {
  it('are shown by id with every value that they have, and without a value where there is none', async () => {
    const everything = {
      phone: `+479${String(Date.now()).slice(-7)}`,
      birthDate: '1984-02-29',
      gender: 'Female',
      homeAddress: { line1: 'Storgata 1', line2: null, postalCode: '0161', city: 'Oslo', country: 'NO' },
      bankAccount: { type: 'international', iban: 'SE4550000000058398257466', bic: 'ESSESESS' },
      employmentId: '4711',
      identifications: [{ id: crypto.randomUUID(), type: 'national', country: 'NO', value: '30011679680' }],
      locations: [location],
    };
    const { id } = await addUser(everything);
    const { body } = await ask('GET', `/users/${id}`);
    expect(body).toMatchObject({
      bankAccount: { value: everything.bankAccount },
      homeAddress: { value: { line1: 'Storgata 1' } },
      companies: { value: [{ id: company, name: 'Fjord AS', type: 'company' }] },
    });
    const nothing = Object.fromEntries(Object.keys(everything).map((name) => [name, null]));
    const { id: other } = await addUser({ ...nothing, locations: [] });
    expect((await ask('GET', `/users/${other}`)).body['phone']).not.toHaveProperty('value');
  });

  it('are listed by page and filter, without what is private', async () => {
    const [a, b] = [await addUser({ givenName: 'Zebedeus' }), await addUser({ active: false, companies: [] })];
    const [found] = items(await ask('GET', '/users?search=zebedeus&limit=50'));
    expect(found).toMatchObject({ id: a.id, givenName: 'Zebedeus', status: { active: true } });
    expect(found).not.toHaveProperty('bankAccount');
    const idsOf = async (path: string): Promise<unknown[]> => items(await ask('GET', path)).map(({ id }) => id);
    expect(await idsOf(`/users?id=${a.id}&id=${b.id}`)).toEqual([a.id, b.id]);
    expect(await idsOf(`/users?id=${a.id}&id=${b.id}&isActive=false`)).toEqual([b.id]);
    expect(await idsOf(`/users?id=${a.id}&id=${b.id}&company=${company}`)).toEqual([a.id]);
    expect(await idsOf(`/users?id=${a.id}&id=${b.id}&limit=1&offset=1`)).toEqual([b.id]);
    for (const path of ['/users?limit=51', '/users?offset=-1', '/users?isActive=maybe', '/users?orderDirection=AAA'])
      expect((await ask('GET', path)).status).toBe(400);
  });

  it('are added, once by email', async () => {
    const input = { givenName: 'Ny', familyName: 'Ansatt', email: 'ny.ansatt@example.no', groups: [company] };
    expect(spec.checkRequest('POST', '/users', input)).toEqual([]);
    const { status, body } = await ask('POST', '/users', input);
    expect([status, body['companies']]).toEqual([200, [{ id: company, name: 'Fjord AS', type: 'company' }]]);
    expect((await ask('POST', '/users', input)).body).toMatchObject({ fields: ['email'] });
    expect((await ask('POST', '/users', { ...input, email: '', groups: [] })).body).toMatchObject({
      fields: ['email', 'groups'],
    });
  });

  it('are changed value by value; what cannot be changed, or is not known, is refused whole', async () => {
    const { id } = await addUser();
    const change = {
      birthDate: '1990-01-31',
      homeAddress: { line1: 'A', line2: '', line3: '', postalCode: '5003', city: 'Bergen', country: 'NO' },
      bankAccount: { type: 'national', number: '12345678903', country: 'NO' },
    };
    expect(spec.checkRequest('PATCH', `/users/${id}`, change)).toEqual([]);
    const { body } = await ask('PATCH', `/users/${id}`, { ...change, privateEmail: 'kari@example.no' });
    expect(body).toMatchObject({
      birthDate: { value: '1990-01-31' },
      homeAddress: { value: { city: 'Bergen' } },
      companies: { value: [{ id: company }] },
      status: { active: true },
    });
    for (const wrong of [
      { phone: null },
      { birthDate: '1990-02-31T' },
      { homeAddress: { city: 'Bergen' } },
      { bankAccount: { type: 'national' } },
      { employmentId: 'x'.repeat(256) },
      { privateEmail: `${'x'.repeat(300)}@example.no` },
      { homeAddress: { ...change.homeAddress, country: 'NOR' } },
      { bankAccount: { ...change.bankAccount, iban: 'x' } },
      { civilStatus: 'Divorced' },
      { active: false },
      { companies: [] },
      { constructor: 'x' },
      { birthdate: '1990-01-31' },
    ])
      expect((await ask('PATCH', `/users/${id}`, { familyName: 'X', ...wrong })).body['fields']).toEqual(
        Object.keys(wrong),
      );
    expect((await ask('GET', `/users/${id}`)).body).not.toMatchObject({ familyName: { value: 'X' } });
    expect((await ask('PATCH', `/users/${crypto.randomUUID()}`, change)).status).toBe(404);
  });

  it('that are changed by many at once lose nothing, and count every change', async () => {
    const { id, version } = await addUser();
    const path = `/organizations/${org}/users/${id}`;
    const changes = [{ givenName: 'A' }, { familyName: 'B' }, { gender: 'Male' }, { birthDate: '1991-01-01' }];
    await Promise.all(changes.map((change) => world.control('PATCH', path, change)));
    const user = (await world.control<User[]>('GET', `/organizations/${org}/users`)).find((u) => u.id === id);
    expect(user).toMatchObject({ version: version + 4, profile: Object.assign({}, ...changes) as object });
  });
});

describe('groups', () => {
  it('are listed by type and name, and shown by id', async () => {
    expect(items(await ask('GET', '/groups'))).toHaveLength(2);
    expect(items(await ask('GET', '/groups?type=company&type=team'))).toEqual([
      { id: company, name: 'Fjord AS', type: 'company' },
    ]);
    expect(items(await ask('GET', '/groups?search=osl'))).toMatchObject([{ id: location }]);
    expect((await ask('GET', `/groups/${company}`)).body).toMatchObject({ name: 'Fjord AS' });
    for (const path of ['/groups?limit=26', '/groups?orderDirection=AAA'])
      expect((await ask('GET', path)).status).toBe(400);
    expect((await ask('GET', '/groups?orderDirection=DESC')).status).toBe(200);
    expect((await ask('GET', `/groups/${crypto.randomUUID()}`)).status).toBe(404);
  });
});
