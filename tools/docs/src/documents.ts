import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dump } from 'js-yaml';
import { asyncApi, type Sample } from './asyncapi.js';

const run = promisify(execFile);

/** Root of the repository, from `src` as well as from `dist`. */
export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));
const contracts = join(repositoryRoot, 'libs/contracts');
const generatedTypes = 'libs/contracts/src/generated';
const openApiFolder = 'docs/openapi';

/** Path from the root of the repository → content. */
export type Documents = ReadonlyMap<string, string>;

export const samples = (): Sample[] => {
  const folder = join(contracts, 'src/samples');
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, ...(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Omit<Sample, 'name'>) }));
};

const asyncApiDocument = (): [string, string] => [
  'docs/asyncapi.yaml',
  `# Made by \`npm run docs:generate\` from libs/contracts.\n${dump(asyncApi(samples()), { lineWidth: 120, noRefs: true })}`,
];

/** Every service that can describe its HTTP prints its OpenAPI document to its standard output. */
const openApiDocuments = async (): Promise<[string, string][]> => {
  const described = readdirSync(join(repositoryRoot, 'apps'))
    .map((app) => ({ app, program: join(repositoryRoot, 'apps', app, 'dist/describe.js') }))
    .filter(({ program }) => existsSync(program));
  const documents: [string, string][] = [];
  for (const { app, program } of described) {
    const { stdout } = await run(process.execPath, [program], { maxBuffer: 16 * 1024 * 1024 });
    documents.push([`${openApiFolder}/${app}.json`, `${JSON.stringify(JSON.parse(stdout), null, 2)}\n`]);
  }
  return documents;
};

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : [];

/** The types of the gRPC contract, made as the contract's own `generate` script says, into a folder that passes. */
const protoTypes = async (): Promise<[string, string][]> => {
  const { scripts } = JSON.parse(readFileSync(join(contracts, 'package.json'), 'utf8')) as {
    scripts: { generate: string };
  };
  const folder = mkdtempSync(join(tmpdir(), 'proto-types-'));
  try {
    const [program = '', ...args] = scripts.generate.replace('src/generated', folder).split(' ');
    await run(join(repositoryRoot, 'node_modules/.bin', program), args, { cwd: contracts });
    return filesIn(folder).map((file) => [join(generatedTypes, relative(folder, file)), readFileSync(file, 'utf8')]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Everything that is made from code, as it must be now. The services must have been built. */
export const documents = async (): Promise<Documents> =>
  new Map([asyncApiDocument(), ...(await openApiDocuments()), ...(await protoTypes())]);

/** What lies in the folders that hold nothing else, and is made by nothing any more. */
const leftovers = (wanted: Documents): string[] =>
  [generatedTypes, openApiFolder]
    .flatMap((folder) => filesIn(join(repositoryRoot, folder)))
    .map((file) => relative(repositoryRoot, file))
    .filter((path) => !wanted.has(path));

/** Writes what is missing or old, and removes what is left over. @returns the paths that changed */
export const generate = async (): Promise<string[]> => {
  const wanted = await documents();
  const stale = differences(wanted);
  for (const path of stale) {
    const content = wanted.get(path);
    const file = join(repositoryRoot, path);
    if (content === undefined) rmSync(file);
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
  return stale;
};

/** @returns the paths that are missing, old, or left over */
export const differences = (wanted: Documents): string[] => [
  ...[...wanted.keys()].filter((path) => {
    const file = join(repositoryRoot, path);
    return !existsSync(file) || readFileSync(file, 'utf8') !== wanted.get(path);
  }),
  ...leftovers(wanted),
];
