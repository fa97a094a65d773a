import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * One PostgreSQL and one Kafka for all integration tests of a run. Jest loads this file by Node itself, which reads no
 * TypeScript: so the stack is built first (incremental, a second when nothing changed) and used as the product uses it;
 * the simulators too, which tests start as the programs they are.
 */
export default async function startServers() {
  const projects = [
    'tools/stack/tsconfig.lib.json',
    'apps/poweroffice-simulator/tsconfig.app.json',
    'apps/huma-simulator/tsconfig.app.json',
  ].map((path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url)));
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-b', ...projects], { stdio: 'inherit' });
  const { freePort, startKafka, startPostgres, stopEverything, stopOnSignals } =
    await import('@huma-poweroffice/stack');

  const folder = mkdtempSync(join(tmpdir(), 'integration-'));
  globalThis.stopTestServers = async () => {
    await stopEverything();
    rmSync(folder, { recursive: true, force: true });
  };
  stopOnSignals(() => process.once('exit', () => rmSync(folder, { recursive: true, force: true })));
  try {
    const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: await freePort(), durable: false });
    const kafka = await startKafka({
      dataDir: join(folder, 'kafka'),
      port: await freePort(),
      controllerPort: await freePort(),
    });
    process.env.TEST_DATABASE_URL = postgres.url('postgres');
    process.env.TEST_KAFKA_BROKERS = kafka.brokers;
  } catch (error) {
    await globalThis.stopTestServers();
    throw error;
  }
}
