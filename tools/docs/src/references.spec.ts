import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { repositoryRoot } from './documents.js';

const folder = join(repositoryRoot, 'docs/openapi');
const paths = [...readdirSync(folder).map((name) => join(folder, name)), join(repositoryRoot, 'docs/asyncapi.yaml')];

const referencesIn = (part: unknown): string[] => {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, inner]) =>
    name === '$ref' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  );
};
const resolves = (document: unknown, reference: string): boolean =>
  reference.startsWith('#/') &&
  reference
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document) !== undefined;

it.each(paths)('every reference of %s leads somewhere', (path) => {
  const document: unknown = load(readFileSync(path, 'utf8'));
  expect(referencesIn(document).filter((reference) => !resolves(document, reference))).toEqual([]);
});
