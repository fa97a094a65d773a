import { demoOrganization } from '@huma-poweroffice/seed';
import { describeStack } from './describe-stack.js';
import { apps, defaultPorts, urlOf } from './environment.js';

const secrets = {
  serviceClientSecret: 'the client secret',
  subscriptionKey: 'the subscription key',
  applicationKey: 'the application key',
  encryptionKeys: { 'connector-config': 'key one', 'employee-sync': 'key two' },
};
const addresses = {
  brokers: '127.0.0.1:9092',
  database: (app: string) => `postgres://postgres:the-password@127.0.0.1:5433/${app}`,
  ports: defaultPorts,
  secrets,
};
const organization = demoOrganization();
const text = describeStack({ addresses, folder: '/somewhere', url: (app) => urlOf(addresses, app) }, organization);

test.each(apps)('where %s runs is said', (app) => {
  expect(text).toContain(urlOf(addresses, app));
});

test('how to sign in and what to paste is said', () => {
  for (const part of [
    `127.0.0.1:${String(defaultPorts.grpc)}`,
    `${urlOf(addresses, 'connector-config')}/docs`,
    `${urlOf(addresses, 'employee-sync')}/docs`,
    organization.administrator.name,
    organization.powerOfficeClient.clientKey,
    '/somewhere/logs',
    'npm run demo',
  ])
    expect(text).toContain(part);
});

test('no secret of the services is shown', () => {
  for (const secret of ['the-password', 'the client secret', 'the subscription key', 'the application key', 'key one'])
    expect(text).not.toContain(secret);
});
