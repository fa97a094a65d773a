import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startProcess } from '@huma-poweroffice/stack';
import { createTestDatabase } from './servers.js';

/** A request as the simulator logged it; times in milliseconds since 1970. */
export interface LoggedRequest {
  readonly seq: number;
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly clientId: string | null;
  readonly body: unknown;
  readonly status: number | null;
  readonly misbehaviour: string | null;
}

export interface TestPowerOffice {
  readonly url: string;
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly applicationKey: string;
  readonly subscriptionKey: string;
  /** Calls the side that no service knows: clients, a clerk's edits, faults, the log of requests. */
  control<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  requests(): Promise<LoggedRequest[]>;
  stop(): Promise<void>;
}

/**
 * PowerOffice Go as the simulator plays it, as a process of its own with a database of its own. Integration tests only;
 * the program must have been built.
 */
export const startTestPowerOffice = async (settings: { requestsPerSecond?: number } = {}): Promise<TestPowerOffice> => {
  const [database, port] = [await createTestDatabase(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), 'poweroffice-'));
  const url = `http://127.0.0.1:${String(port)}`;
  const [applicationKey, subscriptionKey] = [randomUUID(), randomUUID()];
  const running = await startProcess({
    name: 'poweroffice-simulator',
    command: process.execPath,
    args: [fileURLToPath(new URL('../../../apps/poweroffice-simulator/dist/main.js', import.meta.url))],
    env: {
      PORT: String(port),
      DATABASE_URL: database.url,
      POWEROFFICE_APPLICATION_KEY: applicationKey,
      POWEROFFICE_SUBSCRIPTION_KEY: subscriptionKey,
      POWEROFFICE_REQUESTS_PER_SECOND: String(settings.requestsPerSecond ?? 10),
    },
    logFile: join(folder, 'simulator.log'),
    readyUrl: `${url}/health/ready`,
  });
  const control = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const init =
      body === undefined
        ? { method }
        : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${url}/control${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${String(response.status)}: ${text.slice(0, 300)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return {
    url,
    apiUrl: `${url}/v2`,
    tokenUrl: `${url}/OAuth/Token`,
    applicationKey,
    subscriptionKey,
    control,
    requests: () => control('GET', '/requests'),
    stop: async () => {
      await running.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
