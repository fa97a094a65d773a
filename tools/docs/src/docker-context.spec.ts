import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type Dockerignore from '@balena/dockerignore';
import { repositoryRoot } from './documents.js';

// A CommonJS package whose types say that it is none.
const dockerignore = createRequire(import.meta.url)('@balena/dockerignore') as typeof Dockerignore.default;
// Docker's own rules for `.dockerignore`, as its client applies them.
const rules = dockerignore().add(readFileSync(join(repositoryRoot, '.dockerignore'), 'utf8'));

it.each([
  '.env',
  '.env.local',
  'apps/connector-config/.env',
  'apps/connector-config/src/.env',
  'server.key',
  'libs/platform/src/server.key',
  'libs/platform/src/ca.pem',
  '.stack/dev/secrets.json',
  '.git/config',
  '.nx/cache/x',
  'node_modules/pg/package.json',
  'apps/connector-config/node_modules/x/index.js',
  'apps/connector-config/dist/main.js',
  'libs/platform/src/dist/x.js',
  'libs/platform/src/config.spec.ts',
  'libs/platform/test/running-example.ts',
  'docs/settings.md',
  'docker-compose.yml',
  'id_rsa',
  'notes.txt',
])('%s does not get into a build', (path) => {
  expect(rules.ignores(path)).toBe(true);
});

it.each([
  'package.json',
  'package-lock.json',
  '.npmrc',
  'tsconfig.base.json',
  'docker/ship.mjs',
  'apps/connector-config/package.json',
  'apps/connector-config/tsconfig.app.json',
  'apps/connector-config/src/main.ts',
  'libs/contracts/proto/connector.proto',
  'tools/stack/package.json',
])('%s does', (path) => {
  expect(rules.ignores(path)).toBe(false);
});
