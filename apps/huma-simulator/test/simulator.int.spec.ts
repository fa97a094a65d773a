import {
  createTestDatabase,
  createTestTopics,
  eventually,
  aHumaUser,
  type TestDatabase,
  type TestTopics,
} from '@huma-poweroffice/testing';
import { readEvent, type UserChanged } from '@huma-poweroffice/contracts';
import { freePort } from '@huma-poweroffice/stack';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import kafkajs, { type Consumer, type KafkaMessage } from 'kafkajs';
import type { Config } from '../src/config.js';
import { startSimulator, type RunningSimulator } from '../src/server.js';
import type { User } from '../src/model.js';

const { Kafka, logLevel } = kafkajs;
const org = crypto.randomUUID();
const credentials = { clientId: crypto.randomUUID(), clientSecret: crypto.randomUUID() };
let database: TestDatabase;
let topics: TestTopics;
let simulator: RunningSimulator;
let consumer: Consumer;
const received: { topic: string; message: KafkaMessage }[] = [];

const start = async (port: number): Promise<void> => {
  const config: Config = {
    port,
    databaseUrl: database.url,
    brokers: topics.brokers.split(','),
    topicPrefix: topics.prefix,
    host: '127.0.0.1',
    issuerUrl: `http://127.0.0.1:${String(port)}/oidc`,
    audience: 'poweroffice-integration',
    serviceSecrets: { 'employee-sync': 'secret-of-employee-sync' },
    redirectUris: [],
  };
  simulator = await startSimulator(config);
};
let port = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  topics = await createTestTopics();
  port = await freePort();
  await start(port);
  await control('PUT', `/organizations/${org}`, { name: 'Org', ...credentials });
  consumer = new Kafka({ brokers: topics.brokers.split(','), logLevel: logLevel.NOTHING }).consumer({
    groupId: `${topics.prefix}reader`,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topics.name('users'), topics.name('positions')], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ topic, message }) => void received.push({ topic, message }) });
});
afterAll(async () => {
  await consumer.disconnect();
  await simulator.stop();
  await topics.drop();
  await database.drop();
});

const request = async (
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const init: RequestInit = {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
  };
  if (body !== undefined) init.body = JSON.stringify(body);
  const response = await fetch(`${simulator.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
};
const control = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const answer = await request(method, `/control${path}`, body);
  if (answer.status >= 400)
    throw new Error(`${method} ${path}: ${String(answer.status)} ${JSON.stringify(answer.body)}`);
  return answer.body as T;
};
const addUser = async (): Promise<User> => {
  const [user] = await control<User[]>('POST', `/organizations/${org}/users`, [{ profile: aHumaUser() }]);
  return user!;
};
const eventsOf = (userId: string): { type: string; value: UserChanged }[] =>
  received
    .filter(({ message }) => message.key?.toString() === userId)
    .map(({ message }) => ({
      type: String(message.headers?.['ce_type']?.toString()),
      value: JSON.parse(String(message.value?.toString())) as UserChanged,
    }));
const published = (userId: string, count: number): Promise<ReturnType<typeof eventsOf>> =>
  eventually(() => {
    const events = eventsOf(userId);
    expect(events).toHaveLength(count);
    return events;
  });

describe("Huma's domain services", () => {
  it('publish the whole state after every change, in order, as the contract says', async () => {
    const { id } = await addUser();
    const path = `/organizations/${org}/users/${id}`;
    await control('PATCH', path, { phone: null, givenName: 'New' });
    await control('PATCH', path, { active: false });
    await control('PATCH', path, { active: true });
    await control('DELETE', path);
    const events = await published(id, 5);
    expect(events.map((e) => e.type.split('.')[2])).toEqual([
      'created',
      'updated',
      'deactivated',
      'reactivated',
      'deleted',
    ]);
    expect(events.map((e) => e.value.version)).toEqual([1, 2, 3, 4, 5]);
    for (const { type, value } of events) expect(readEvent('users', type, value).ok).toBe(true);
    expect(events[1]?.value.user).toMatchObject({ givenName: 'New' });
    expect(events[1]?.value.user).not.toHaveProperty('phone');
    expect(events[4]?.value.user).toBeNull();
  });

  it('publish positions with a version of their own', async () => {
    const { id } = await addUser();
    const positionId = crypto.randomUUID();
    await control('PUT', `/organizations/${org}/users/${id}/positions/${positionId}`, {
      contractStartDate: '2025-01-01',
    });
    const events = await published(id, 2);
    expect(events.map((e) => e.type)).toContain('huma.position.created.v1');
    for (const { type, value } of events)
      expect(readEvent(type.includes('position') ? 'positions' : 'users', type, value).ok).toBe(true);
  });

  it('refuse a second user with the same email', async () => {
    const profile = aHumaUser();
    await control('POST', `/organizations/${org}/users`, [{ profile }]);
    const again = { ...aHumaUser(), email: profile.email.toUpperCase() };
    await expect(control('POST', `/organizations/${org}/users`, [{ profile: again }])).rejects.toThrow(
      'email:not-unique',
    );
  });

  it('say things twice, or bytes that nobody can read, on demand', async () => {
    const { id } = await addUser();
    await control('POST', `/organizations/${org}/users/${id}/duplicate`, {});
    await control('POST', '/raw', { topic: 'huma.users.v1', messages: [{ key: 'poison', value: '{' }] });
    await published(id, 2);
    await eventually(() => {
      expect(received.some(({ message }) => message.key?.toString() === 'poison')).toBe(true);
    });
  });

  it('keep people and publish what was saved before a restart', async () => {
    const { id } = await addUser();
    await simulator.stop();
    await start(port);
    expect(await control<User[]>('GET', `/organizations/${org}/users`)).toEqual(
      expect.arrayContaining([expect.objectContaining({ id })]),
    );
    await published(id, 1);
  });
});

describe('the Open API', () => {
  it('shows the users of the organisation whose credentials were given', async () => {
    const { id } = await addUser();
    const wrong = { grant_type: 'client_credentials', client_id: credentials.clientId, client_secret: 'wrong' };
    expect((await request('POST', '/auth/oauth/token', wrong)).status).toBe(401);
    const right = { ...wrong, client_secret: credentials.clientSecret };
    const { body } = await request('POST', '/auth/oauth/token', right);
    const authorization = { authorization: `Bearer ${String(body['access_token'])}` };
    expect((await request('GET', `/users/${id}`, undefined, authorization)).body).toMatchObject({
      id,
      status: { active: true },
    });
    expect((await request('GET', '/users?limit=51', undefined, authorization)).status).toBe(400);
    expect((await request('GET', `/users/${crypto.randomUUID()}`, undefined, authorization)).body).toMatchObject({
      errorCode: 'object:not-found',
    });
    expect((await request('GET', '/users')).body).toMatchObject({ error: 'invalid_token' });
  });

  it('brings the correlation id of a change back in its event', async () => {
    const { id } = await addUser();
    const right = {
      grant_type: 'client_credentials',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
    };
    const { body } = await request('POST', '/auth/oauth/token', right);
    const headers = { authorization: `Bearer ${String(body['access_token'])}`, 'x-correlation-id': 'run-7' };
    expect((await request('PATCH', `/users/${id}`, { givenName: 'By us' }, headers)).status).toBe(200);
    const events = await published(id, 2);
    expect(events[1]?.value.origin).toMatchObject({ name: 'poweroffice-go', correlationId: 'run-7' });
  });
});

describe('the OpenID provider', () => {
  it('issues tokens to people and to services that its keys verify', async () => {
    const issuer = `${simulator.url}/oidc`;
    const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
    const account = {
      organizationId: org,
      email: 'a@b.no',
      name: 'A',
      locale: 'nb',
      permissions: ['organization:full'],
    };
    await control('PUT', '/accounts/a', account);
    const person = await control<{ access_token: string }>('POST', '/accounts/a/token', {});
    const checked = await jwtVerify(person.access_token, keys, { issuer, audience: 'poweroffice-integration' });
    expect(checked.payload).toMatchObject({ sub: 'a', organizationId: org, permissions: ['organization:full'] });
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('employee-sync:secret-of-employee-sync').toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'poweroffice.internal' }),
    });
    const service = (await response.json()) as { access_token: string };
    const { payload } = await jwtVerify(service.access_token, keys, { issuer, audience: 'poweroffice-integration' });
    expect(payload['scope']).toBe('poweroffice.internal');
  });
});
