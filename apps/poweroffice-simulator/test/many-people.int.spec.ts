import { createTestDatabase, type TestDatabase } from '@huma-poweroffice/testing';
import type { Client, Employee } from '../src/model.js';
import { startSimulator, type RunningSimulator } from '../src/server.js';

const PEOPLE = 20_000;
const clientId = crypto.randomUUID();
const headers = { 'content-type': 'application/json', 'ocp-apim-subscription-key': 'subscription' };
let database: TestDatabase;
let simulator: RunningSimulator;
let authorization = '';

const start = async (): Promise<void> => {
  simulator = await startSimulator({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: database.url,
    applicationKey: 'application',
    subscriptionKey: 'subscription',
    requestsPerSecond: 1000,
  });
};
const ask = async <T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> => {
  const response = await fetch(`${simulator.url}${path}`, {
    method,
    headers: { ...headers, authorization },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
};
const signIn = async (clientKey: string): Promise<void> => {
  const response = await fetch(`${simulator.url}/OAuth/Token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`application:${clientKey}`).toString('base64')}`,
      'ocp-apim-subscription-key': 'subscription',
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  authorization = `Bearer ${((await response.json()) as { access_token: string }).access_token}`;
};

beforeAll(async () => {
  database = await createTestDatabase();
  await start();
});
afterAll(async () => {
  await simulator.stop();
  await database.drop();
});

it('20,000 employees are held, listed in one page, changed, and kept over a restart', async () => {
  const client = (await ask<Client>('PUT', `/control/clients/${clientId}`, {})).body;
  const people = Array.from({ length: PEOPLE }, (_, n) => ({
    FirstName: 'Kari',
    LastName: `Nordmann ${String(n)}`,
    EmailAddress: `person.${String(n)}@example.no`,
    ExternalImportReference: `reference-${String(n)}`,
    BankAccountNumber: '12345678903',
  }));
  expect((await ask('POST', `/control/clients/${clientId}/employees`, people)).status).toBe(201);
  await signIn(client.clientKey);
  const { body: all } = await ask<Employee[]>('GET', '/v2/Employees?PageSize=20000');
  expect(new Set(all.map((e) => e.Number)).size).toBe(PEOPLE);

  const path = (e: Employee | undefined): string => `/v2/Employees/${String(e?.Id)}`;
  const set = (name: string, value: unknown): object[] => [{ op: 'replace', path: `/${name}`, value }];
  for (const e of all.slice(0, 200)) expect((await ask('PATCH', path(e), set('JobTitle', 'Boss'))).status).toBe(200);
  expect((await ask('PATCH', path(all[0]), set('Number', all[1]?.Number))).status).toBe(400);
  expect((await ask('PATCH', path(all[0]), set('ExternalImportReference', 'reference-1'))).status).toBe(400);
  // What one gives up, another may have.
  expect((await ask('PATCH', path(all[1]), set('ExternalImportReference', null))).status).toBe(200);
  expect((await ask('PATCH', path(all[0]), set('ExternalImportReference', 'reference-1'))).status).toBe(200);
  const { body: before } = await ask<Employee[]>('GET', '/v2/Employees?PageSize=20000');

  await simulator.stop();
  await start();
  await signIn(client.clientKey);
  const { body: after } = await ask<Employee[]>('GET', '/v2/Employees?PageSize=20000');
  expect(after.filter((e) => e.JobTitle === 'Boss')).toHaveLength(200);
  const byId = (employees: Employee[]): Employee[] => [...employees].sort((a, b) => a.Id - b.Id);
  expect(byId(after)).toEqual(byId(before));
  const { body: next } = await ask<Employee>('POST', '/v2/Employees', { FirstName: 'Ny', LastName: 'Ansatt' });
  expect(next.Number).toBe(10_000 + PEOPLE);
}, 120_000);
