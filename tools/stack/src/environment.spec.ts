import { apps, defaultPorts, environmentOf, type Addresses, type App } from './environment.js';

const addresses: Addresses = {
  brokers: '127.0.0.1:9092',
  database: (name) => `postgres://127.0.0.1:5433/${name}`,
  ports: defaultPorts,
  secrets: {
    serviceClientSecret: 'client secret',
    subscriptionKey: 'subscription key',
    applicationKey: 'application key',
    encryptionKeys: { 'connector-config': 'key of connector-config', 'employee-sync': 'key of employee-sync' },
  },
};
const environments = new Map(apps.map((app) => [app, environmentOf(app, addresses)]));
const holders = (value: string): App[] => apps.filter((app) => Object.values(environments.get(app)!).includes(value));

test('every program has a port and a database of its own', () => {
  for (const name of ['PORT', 'DATABASE_URL'])
    expect(new Set(apps.map((app) => environments.get(app)![name])).size).toBe(apps.length);
});

test.each<[string, App[]]>([
  ['subscription key', ['poweroffice-simulator', 'connector-config']],
  ['application key', ['poweroffice-simulator', 'connector-config']],
  ['client secret', ['huma-simulator', 'employee-sync']],
  ['key of connector-config', ['connector-config']],
  ['key of employee-sync', ['employee-sync']],
])('the %s reaches only %p', (secret, expected) => {
  expect(holders(secret)).toEqual(expected);
});

test('the services find each other and the outside world', () => {
  expect(environments.get('employee-sync')).toMatchObject({
    CONNECTOR_CONFIG_GRPC_URL: `127.0.0.1:${environments.get('connector-config')!['GRPC_PORT']!}`,
    OIDC_ISSUER_URL: environments.get('huma-simulator')!['ISSUER_URL'],
    OIDC_AUDIENCE: environments.get('huma-simulator')!['OIDC_AUDIENCE'],
    POWEROFFICE_API_URL: `http://127.0.0.1:${environments.get('poweroffice-simulator')!['PORT']!}/v2`,
  });
});
