import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './documents.js';

const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');
const configs = readdirSync(join(repositoryRoot, 'apps'))
  .map((app) => `apps/${app}/src/config.ts`)
  .filter((path) => !path.includes('e2e'));

/** Names of variables as settings are declared (`NAME: integer(…)`) or read (`env['NAME']`). */
const namesIn = (text: string): string[] =>
  [...text.matchAll(/(?:\b|env\[')([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)(?::\s*[a-zA-Z]+\(|'\])/g)].map(([, name]) => name!);

const used = new Set([...configs, 'libs/platform/src/config.ts'].map(read).flatMap(namesIn));
// Two settings that a helper reads by name, and one that the images read at their start.
for (const name of ['DATABASE_URL', 'KAFKA_BROKERS', 'HEAP_MEGABYTES']) used.add(name);

it('every setting of every program is described, and no other', () => {
  const described = new Set([...read('docs/settings.md').matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name!));
  expect([...described].sort()).toEqual([...used].sort());
});
