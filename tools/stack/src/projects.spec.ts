import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './paths.js';

const projects = ['apps', 'libs', 'tools'].flatMap((folder) =>
  readdirSync(join(repositoryRoot, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(repositoryRoot, folder, entry.name, 'package.json')))
    .map((entry) => join(folder, entry.name)),
);

describe('every project', () => {
  // A project without tags is under no rule of imports.
  it.each(projects)('%s has a tag that the rules of imports know', (project) => {
    const manifest = JSON.parse(readFileSync(join(repositoryRoot, project, 'package.json'), 'utf8')) as {
      nx?: { tags?: string[] };
    };
    const rules = readFileSync(join(repositoryRoot, 'eslint.config.mjs'), 'utf8');
    const tags = manifest.nx?.tags ?? [];
    expect(tags.filter((tag) => rules.includes(`'${tag}'`))).not.toEqual([]);
  });
});
