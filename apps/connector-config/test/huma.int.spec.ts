import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSimulator, type Simulator } from '@huma-poweroffice/testing';
import type { GrpcClient } from './grpc-client.js';
import { aBody, Running, type ConnectionBody } from './running.js';

const running = new Running();
let huma: Simulator;
let connector: GrpcClient;
/** Something between us and Huma, with a page of its own. */
let proxy: Server;
const group = { type: 'company', id: randomUUID() } as const;
const credentials = { clientId: randomUUID(), clientSecret: randomUUID() };

beforeAll(async () => {
  proxy = createServer((_, response) =>
    response.writeHead(401, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>'),
  );
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  await running.start();
  huma = await startSimulator('huma-simulator', {
    KAFKA_BROKERS: running.topics.brokers,
    KAFKA_TOPIC_PREFIX: running.topics.prefix,
  });
  await huma.control('PUT', `/organizations/${running.organization}`, { name: 'Fjord AS', ...credentials });
  await huma.control('PUT', `/groups/${group.id}`, {
    organizationId: running.organization,
    type: group.type,
    name: 'Oslo AS',
  });
  const replica = await running.replica({ HUMA_API_URL: huma.url, HUMA_TOKEN_URL: `${huma.url}/auth/oauth/token` });
  running.replicas.reverse();
  connector = await running.grpc(replica);
}, 120_000);
afterAll(async () => {
  await huma.stop();
  await running.stop();
  await new Promise((done) => proxy.close(done));
});

const put = async (body: unknown, token?: string, organization: string = running.organization) =>
  running.ask<{ code: string; errors: { path: string }[] }>(
    'PUT',
    `/internal/v1/organizations/${organization}/huma-credentials`,
    { body, token: token ?? (await running.issuer.service()) },
  );
const create = async (of: unknown) =>
  running.ask<ConnectionBody & { code: string }>('POST', '/v1/connections', {
    body: aBody(await running.aClient(), { group: of }),
  });
const token = () => connector.call('GetHumaAccessToken', { organizationId: running.organization });

describe('credentials of Huma', () => {
  it('are for services only', async () => {
    const administrator = await running.issuer.person(running.organization);
    expect((await put(credentials, administrator)).status).toBe(403);
  });

  it.each([
    ['no id', { ...credentials, clientId: undefined }, 'clientId'],
    ['an empty secret', { ...credentials, clientSecret: '' }, 'clientSecret'],
    ['a secret that is no text', { ...credentials, clientSecret: 1 }, 'clientSecret'],
    ['what nobody knows', { ...credentials, scope: 'x' }, 'scope'],
  ])('with %s are refused', async (_, body, path) => {
    const answer = await put(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((e) => e.path)).toContain(path);
    expect(JSON.stringify(answer.body)).not.toContain(credentials.clientSecret);
  });

  it('a group is taken as it is while there are none', async () => {
    const created = await create({ type: 'team', id: randomUUID() });
    expect(created).toMatchObject({ status: 201, body: { group: { name: null } } });
  });

  it('give tokens once they are known, the same to all', async () => {
    expect(await token()).toMatchObject({ status: 'FAILED_PRECONDITION', code: 'no-credentials' });
    expect((await put(credentials)).status).toBe(204);
    const [one, two] = await Promise.all([token(), token()]);
    expect(one).toMatchObject({ status: 'OK' });
    expect(one.reply!.accessToken).toBe(two.reply!.accessToken);
    const answer = await fetch(`${huma.url}/groups/${group.id}`, {
      headers: { authorization: `Bearer ${one.reply!.accessToken}` },
    });
    expect(answer.status).toBe(200);
    const refusedToken = one.reply!.accessToken;
    const renewed = await connector.call('GetHumaAccessToken', { organizationId: running.organization, refusedToken });
    expect(renewed.status).toBe('OK');
    expect(renewed.reply!.accessToken).not.toBe(refusedToken);
  });

  it('a group is named by Huma, and one that it does not know is refused', async () => {
    expect(await create(group)).toMatchObject({ status: 201, body: { group: { ...group, name: 'Oslo AS' } } });
    const unknown = await create({ type: 'company', id: randomUUID() });
    expect(unknown).toMatchObject({ status: 422, body: { code: 'group-not-found' } });
    const otherType = await create({ type: 'team', id: group.id });
    expect(otherType).toMatchObject({ status: 422, body: { code: 'group-not-found' } });
    const { id } = (await create(group)).body;
    const edited = await running.ask('PATCH', `/v1/connections/${id}`, {
      body: { group: { type: 'team', id: randomUUID() } },
      headers: { 'if-match': '*' },
    });
    expect(edited).toMatchObject({ status: 422, body: { code: 'group-not-found' } });
  });

  it('that Huma refuses give none', async () => {
    await put({ ...credentials, clientSecret: randomUUID() });
    expect(await token()).toMatchObject({ status: 'FAILED_PRECONDITION', code: 'credentials-refused' });
  });

  it('of another organisation give none', async () => {
    const other = randomUUID();
    await put(credentials, undefined, other);
    expect(await connector.call('GetHumaAccessToken', { organizationId: other })).toMatchObject({
      status: 'FAILED_PRECONDITION',
      code: 'credentials-refused',
    });
  });

  it('are not called wrong by a page of something in between', async () => {
    const { port } = proxy.address() as AddressInfo;
    const url = `http://127.0.0.1:${String(port)}`;
    const behind = await running.grpc(await running.replica({ HUMA_API_URL: url, HUMA_TOKEN_URL: `${url}/token` }));
    await put(credentials);
    expect(await behind.call('GetHumaAccessToken', { organizationId: running.organization })).toMatchObject({
      status: 'UNAVAILABLE',
    });
  });

  it('of an id that is a connection’s are refused, and its token stays', async () => {
    const { id: connectionId } = (await create(null)).body;
    const before = await connector.call('GetAccessToken', { connectionId });
    expect(before.status).toBe('OK');
    expect(await connector.call('GetHumaAccessToken', { organizationId: connectionId })).toMatchObject({
      status: 'NOT_FOUND',
      code: 'organization-not-found',
    });
    expect(await put(credentials, undefined, connectionId)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    const after = await connector.call('GetAccessToken', { connectionId });
    expect(after.reply!.accessToken).toBe(before.reply!.accessToken);
  });

  it('are in no log', () => {
    expect(running.lines.join('\n')).not.toContain(credentials.clientSecret);
  });
});
