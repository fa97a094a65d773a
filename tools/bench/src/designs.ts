import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Administrator } from '@huma-poweroffice/seed';
import { freePort, startProcess, type App, type RunningProcess } from '@huma-poweroffice/stack';
import type { Company } from './company.js';
import type { DesignName } from './row.js';
import type { World } from './world.js';

/** Something that keeps PowerOffice in step, to be measured. */
export interface Design {
  readonly name: DesignName;
  /** The programs that it needs beside Kafka and PostgreSQL. */
  readonly parts: readonly App[];
  /** Connects the companies, whose people come into Huma, and links them; from then on a change in Huma is to arrive. */
  readonly begin: (world: World, companies: readonly Company[]) => Promise<void>;
  /** The processes that the design consists of, by name. */
  readonly processes: (world: World) => ReadonlyMap<string, RunningProcess>;
}

const simulators = ['poweroffice-simulator', 'huma-simulator'] as const;
const services = ['connector-config', 'employee-sync'] as const;

export const ours: Design = {
  name: 'ours',
  parts: [...simulators, ...services],
  begin: async (world, companies) => {
    const { stack } = world;
    for (const company of companies) await world.hire(company);
    const at = {
      huma: stack.url('huma-simulator'),
      connectorConfig: stack.url('connector-config'),
      employeeSync: stack.url('employee-sync'),
    };
    for (const { administrator, clientKey } of companies) {
      const signedIn = await Administrator.signIn(at, administrator);
      await signedIn.synchronize(await signedIn.connect({ clientKey }));
    }
  },
  processes: ({ stack }) => {
    const running = new Map<string, RunningProcess>();
    for (const name of services) {
      const process = stack.apps.get(name);
      if (process) running.set(name, process);
    }
    return running;
  },
};

/** What a team would write first: one process, one PATCH per event. */
export const naive = (): Design => {
  let running: RunningProcess | undefined;
  return {
    name: 'naive',
    parts: simulators,
    begin: async (world, companies) => {
      const { stack } = world;
      for (const company of companies) await world.hire(company);
      const port = await freePort();
      const powerOffice = stack.url('poweroffice-simulator');
      const { applicationKey, subscriptionKey } = stack.addresses.secrets;
      running = await startProcess({
        name: 'the naive design',
        command: process.execPath,
        args: [fileURLToPath(new URL('./naive/main.js', import.meta.url))],
        env: {
          PORT: String(port),
          KAFKA_BROKERS: stack.kafka.brokers,
          POWEROFFICE_API_URL: `${powerOffice}/v2`,
          POWEROFFICE_TOKEN_URL: `${powerOffice}/OAuth/Token`,
          POWEROFFICE_APPLICATION_KEY: applicationKey,
          POWEROFFICE_SUBSCRIPTION_KEY: subscriptionKey,
          CLIENT_KEYS: JSON.stringify(Object.fromEntries(companies.map((c) => [c.organizationId, c.clientKey]))),
        },
        logFile: join(stack.folder, 'logs', 'naive.log'),
        readyUrl: `http://127.0.0.1:${String(port)}/`,
      });
    },
    processes: () => new Map(running ? [['naive', running]] : []),
  };
};
