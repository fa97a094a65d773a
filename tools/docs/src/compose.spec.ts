import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { topics, type TopicDefinition } from '@huma-poweroffice/contracts';
import { apps, defaultPorts, environmentOf } from '@huma-poweroffice/stack';
import { load } from 'js-yaml';
import { repositoryRoot } from './documents.js';

interface Compose {
  services: Record<string, { environment?: Record<string, string>; command?: string[]; build?: { args: object } }>;
}
const read = (name: string): string => readFileSync(join(repositoryRoot, name), 'utf8');
const text = read('docker-compose.yml');
const { services } = load(text) as Compose;

it('makes the topics of the contract', () => {
  const lines = services['topics']?.command?.join('\n').split('\n') ?? [];
  const wanted = Object.values<TopicDefinition>(topics).map(
    ({ name, partitions, cleanupPolicy, retentionMs }) =>
      `create ${name} --partitions ${String(partitions)} --config cleanup.policy=${cleanupPolicy}` +
      (retentionMs === undefined ? '' : ` --config retention.ms=${String(retentionMs)}`),
  );
  expect(lines.filter((line) => line.startsWith('create '))).toEqual(wanted);
});

it.each(apps)('tells %s what the stack tells it', (app) => {
  const addresses = {
    brokers: '',
    database: (name: string) => name,
    ports: defaultPorts,
    secrets: {
      serviceClientSecret: '',
      subscriptionKey: '',
      applicationKey: '',
      encryptionKeys: { 'connector-config': '', 'employee-sync': '' },
    },
  };
  const { environment = {}, build } = services[app] ?? {};
  const wanted = environmentOf(app, addresses);
  expect(Object.keys(environment)).toEqual(expect.arrayContaining(Object.keys(wanted)));
  expect(environment['PORT']).toBe(wanted['PORT']);
  expect(environment['DATABASE_URL']).toMatch(new RegExp(`/${String(wanted['DATABASE_URL'])}$`));
  expect(read('docker/create-databases.sql')).toContain(`CREATE DATABASE ${String(wanted['DATABASE_URL'])};`);
  expect(build?.args).toEqual({ APP: app });
});

it('has an example for every variable that it takes', () => {
  const used = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1]));
  const examples = [...read('.env.example').matchAll(/^([A-Z_]+)=change-me$/gm)].map((match) => match[1]);
  expect([...used].sort()).toEqual(examples.sort());
});
