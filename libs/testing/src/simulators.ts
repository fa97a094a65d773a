import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call } from '@huma-poweroffice/seed';
import { freePort, startProcess } from '@huma-poweroffice/stack';
import { createTestDatabase } from './servers.js';

/** One of the outside world's programs, with a database of its own. */
export interface Simulator {
  readonly url: string;
  /** Calls the side that no service knows (`/control`); the answer's body, null when it has none. */
  control<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  stop(): Promise<void>;
}

/**
 * Starts a simulator as the program it is, on a free port.
 * @param env what else it is to be told, beside its port and database
 */
export const startSimulator = async (
  name: 'poweroffice-simulator' | 'huma-simulator',
  env: Readonly<Record<string, string>> = {},
): Promise<Simulator> => {
  const [database, port] = [await createTestDatabase(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const url = `http://127.0.0.1:${String(port)}`;
  const running = await startProcess({
    name,
    command: process.execPath,
    args: [fileURLToPath(new URL(`../../../apps/${name}/dist/main.js`, import.meta.url))],
    env: { ...env, PORT: String(port), DATABASE_URL: database.url },
    logFile: join(folder, 'log'),
    readyUrl: `${url}/health/ready`,
  });
  return {
    url,
    control: async <T>(method: string, path: string, body?: unknown) =>
      ((await call<T | undefined>(method, `${url}/control${path}`, body === undefined ? {} : { body })) ?? null) as T,
    stop: async () => {
      await running.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
