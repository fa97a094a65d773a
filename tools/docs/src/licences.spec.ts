import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './documents.js';

interface Package {
  readonly license?: string;
  readonly link?: boolean;
}

const { packages } = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Package>;
};

/** Licences that ask for no more than to be named. */
const permissive = ['MIT', 'Apache-2.0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'Python-2.0'];
/** Of data, which is used and not passed on. */
const data = ['CC-BY-4.0'];

/** Packages from before `license` have a list, of which the lock file says nothing. */
const licenceOf = (path: string, { license }: Package): string => {
  if (license !== undefined) return license;
  const manifest = JSON.parse(readFileSync(join(repositoryRoot, path, 'package.json'), 'utf8')) as {
    licenses?: { type: string }[];
  };
  return manifest.licenses?.map(({ type }) => type).join(' OR ') ?? 'none';
};

/** One of several is enough; of several together, each counts. */
const isPermissive = (licence: string): boolean =>
  licence
    .replace(/[()]/g, '')
    .split(/ or /i)
    .some((choice) => choice.split(/ and /i).every((one) => [...permissive, ...data].includes(one.trim())));

it('every package may be used without giving away our own work', () => {
  const theirs = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link);
  expect(theirs.length).toBeGreaterThan(500);
  const licences = theirs.map(([path, described]) => ({ path, licence: licenceOf(path, described) }));
  expect(licences.filter(({ licence }) => !isPermissive(licence))).toEqual([]);
});

it.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0)', true],
  ['MIT AND GPL-3.0', false],
  ['AGPL-3.0-only', false],
  ['none', false],
])('%s: %p', (licence, expected) => {
  expect(isPermissive(licence)).toBe(expected);
});
