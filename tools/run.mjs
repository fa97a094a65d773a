// The commands of the README. Plain Node without dependencies: it installs what the rest needs.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';

const [command = 'start', ...rest] = process.argv.slice(2);

const fail = (sentence) => {
  console.error(sentence);
  process.exit(1);
};
const output = (program, args) => {
  const run = spawnSync(program, args, { encoding: 'utf8' });
  return run.error ? null : `${run.stdout}${run.stderr}`;
};

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  fail(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
const { JAVA_HOME } = process.env;
const java = output(JAVA_HOME ? `${JAVA_HOME}/bin/java` : 'java', ['-version']);
if (java === null)
  fail(`Java 17 or newer is needed to run Kafka, and none was found ${JAVA_HOME ? 'in JAVA_HOME' : 'on the PATH'}.`);
const javaMajor = Number(/version "(?:1\.)?(\d+)/.exec(java)?.[1] ?? 0);
if (javaMajor < 17) fail(`Java 17 or newer is needed to run Kafka; this is ${String(javaMajor)}.`);
if (output('mvn', ['-v']) === null) fail('Maven is needed to fetch Kafka, and no mvn was found on the PATH.');
const { bavail, bsize } = statfsSync('.');
if (bavail * bsize < 2 ** 30) fail('Less than 1 GiB of disk is free here: PostgreSQL and Kafka need more.');

const step = (what, program, args) => {
  const began = Date.now();
  console.log(`${what} ...`);
  const run = spawnSync(program, args, { stdio: 'inherit', env: process.env });
  if (run.status !== 0) fail(`${what} failed.`);
  console.log(`${what}: done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
};

// What is installed is compared with the lock file package by package: times of files say nothing after a checkout.
const packagesOf = (file) => {
  const { packages } = JSON.parse(readFileSync(file, 'utf8'));
  return Object.entries(packages).filter(([name]) => name.includes('node_modules/'));
};
const isInstalled = () => {
  if (!existsSync('node_modules/.package-lock.json')) return false;
  const there = new Map(packagesOf('node_modules/.package-lock.json'));
  return packagesOf('package-lock.json').every(([name, { version, optional, link }]) =>
    there.has(name) ? link || there.get(name).version === version : optional,
  );
};
if (!isInstalled()) step('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
step('Building', process.execPath, ['node_modules/typescript/bin/tsc', '-b']);

const programs = {
  start: ['tools/stack/dist/cli.js', 'start'],
  demo: ['tools/stack/dist/cli.js', 'demo'],
  test: ['tools/jest.mjs', 'all'],
  bench: ['tools/bench/dist/cli.js'],
};
const program = programs[command];
if (!program) fail(`There is no command ${command}: ${Object.keys(programs).join(', ')}.`);
const child = spawn(process.execPath, [...program, ...rest], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
// A terminal signals the child too, `kill` and npm only this process. The child takes the first and ignores the rest.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// An npm that was killed can tell nobody: then this process is handed to another parent.
const parent = process.ppid;
const ownedByNpm = process.env.npm_lifecycle_event !== undefined;
setInterval(() => ownedByNpm && process.ppid !== parent && child.kill('SIGTERM'), 500).unref();
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
