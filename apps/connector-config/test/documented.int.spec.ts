import { randomUUID } from 'node:crypto';
import { startSimulator, tryDocument, type Simulator } from '@huma-poweroffice/testing';
import { Running } from './running.js';

const running = new Running();
let huma: Simulator;
const group = { type: 'company', id: randomUUID() };
const credentials = { clientId: randomUUID(), clientSecret: randomUUID() };

beforeAll(async () => {
  await running.start();
  huma = await startSimulator('huma-simulator', {
    KAFKA_BROKERS: running.topics.brokers,
    KAFKA_TOPIC_PREFIX: running.topics.prefix,
  });
  await huma.control('PUT', `/organizations/${running.organization}`, { name: 'Fjord AS', ...credentials });
  const { type, id } = group;
  await huma.control('PUT', `/groups/${id}`, { organizationId: running.organization, type, name: 'Oslo AS' });
  await running.replica({ HUMA_API_URL: huma.url, HUMA_TOKEN_URL: `${huma.url}/auth/oauth/token` });
  running.replicas.reverse();
}, 120_000);
afterAll(async () => {
  await huma.stop();
  await running.stop();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

it('answers every request as its document says, and none with an error of its own', async () => {
  const { issuer, organization, first } = running;
  const service = bearer(await issuer.service());
  const administrator = bearer(await issuer.person(organization));
  const put = await running.ask('PUT', `/internal/v1/organizations/${organization}/huma-credentials`, {
    body: credentials,
    token: await issuer.service(),
  });
  expect(put.status).toBe(204);
  const clients = await Promise.all(Array.from({ length: 24 }, () => running.aClient()));
  const connections = await Promise.all(clients.slice(0, 16).map((client) => running.aConnection(client)));
  const document = (await running.ask('GET', '/docs/openapi.json', { token: null })).body;
  const known = {
    values: {
      id: connections.map(({ id }) => id),
      clientKey: clients.map(({ clientKey }) => clientKey),
      organizationId: [organization],
      'Organization-Id': [organization],
      'If-Match': ['*', '"1"', 'W/"2"'],
      group: [null, group],
      ...Object.fromEntries(Object.entries(credentials).map(([name, value]) => [name, [value]])),
    },
    callers: [
      ...Array.from({ length: 6 }, () => administrator),
      { ...service, 'Organization-Id': organization },
      service,
      {},
      bearer('forged'),
      bearer(await issuer.person(organization, { permissions: [] })),
      bearer(await issuer.person(randomUUID())),
    ],
  };
  const { statuses, wrong } = await tryDocument(first.url, document, known, { requests: 300 });
  expect(wrong).toEqual([]);
  expect([...statuses].filter(([, seen]) => ![...seen].some((status) => status < 300))).toEqual([]);
  expect([...statuses.keys()].length).toBeGreaterThan(12);
}, 180_000);
