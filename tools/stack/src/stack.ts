import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { apps, databaseOf, defaultPorts, environmentOf, urlOf, type Addresses, type App } from './environment.js';
import { startKafka, type KafkaServer } from './kafka.js';
import { startProcess, type RunningProcess } from './managed-process.js';
import { instanceFolder, repositoryRoot } from './paths.js';
import { assertPortFree, freePort } from './ports.js';
import { startPostgres, type Postgres } from './postgres.js';
import { secretsOf } from './secrets.js';
import { createTopics } from './topics.js';

export interface StackOptions {
  /** Name of the data: instances run side by side when their ports do not meet. */
  readonly instance: string;
  /** `fixed`: the documented ports; `free`: whichever are. */
  readonly ports: 'fixed' | 'free';
  /** Begin anew: the data of the instance is removed first. */
  readonly fresh: boolean;
  /** Called around every step, to say what is being done. */
  readonly step: <T>(what: string, run: () => Promise<T>) => Promise<T>;
  readonly onUnexpectedExit?: (sentence: string) => void;
}

export interface Stack {
  readonly postgres: Postgres;
  readonly kafka: KafkaServer;
  readonly apps: Readonly<Record<App, RunningProcess>>;
  readonly addresses: Addresses;
  readonly folder: string;
  readonly url: (app: App) => string;
}

interface ServerPorts {
  readonly postgres: number;
  readonly kafka: number;
  readonly controller: number;
}
const fixedServerPorts: ServerPorts = { postgres: 5433, kafka: 9092, controller: 9093 };

const portsFor = async (kind: 'fixed' | 'free'): Promise<{ servers: ServerPorts; programs: Record<App, number> }> => {
  if (kind === 'fixed') {
    for (const [part, port] of Object.entries({ ...fixedServerPorts, ...defaultPorts }))
      await assertPortFree(port, part);
    return { servers: fixedServerPorts, programs: { ...defaultPorts } };
  }
  const programs: Partial<Record<App, number>> = {};
  for (const app of apps) programs[app] = await freePort();
  const servers = { postgres: await freePort(), kafka: await freePort(), controller: await freePort() };
  return { servers, programs: programs as Record<App, number> };
};

/** Starts PostgreSQL, Kafka and every program as a process of its own. Whatever was started is stopped by `stopEverything`. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const folder = instanceFolder(options.instance);
  if (options.fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const log = (name: string): string => join(folder, 'logs', `${name}.log`);
  const exit = options.onUnexpectedExit ? { onUnexpectedExit: options.onUnexpectedExit } : {};
  const ports = await portsFor(options.ports);

  const [postgres, kafka] = await options.step('PostgreSQL and Kafka', () =>
    Promise.all([
      startPostgres({
        dataDir: join(folder, 'postgres'),
        port: ports.servers.postgres,
        durable: true,
        logFile: log('postgres'),
        ...exit,
      }),
      startKafka({
        dataDir: join(folder, 'kafka'),
        port: ports.servers.kafka,
        controllerPort: ports.servers.controller,
        logFile: log('kafka'),
        ...exit,
      }),
    ]),
  );
  await options.step('Databases and topics', async () => {
    for (const app of apps) await postgres.createDatabase(databaseOf(app));
    await createTopics(kafka.brokers, '');
  });
  const addresses: Addresses = {
    brokers: kafka.brokers,
    database: (name) => postgres.url(name),
    ports: ports.programs,
    secrets: secretsOf(folder),
  };
  const running: Partial<Record<App, RunningProcess>> = {};
  for (const app of apps) {
    running[app] = await options.step(app, () =>
      startProcess({
        name: app,
        command: process.execPath,
        args: [join(repositoryRoot, 'apps', app, 'dist', 'main.js')],
        env: environmentOf(app, addresses),
        logFile: log(app),
        readyUrl: `${urlOf(addresses, app)}/health/ready`,
        ...exit,
      }),
    );
  }
  return {
    postgres,
    kafka,
    apps: running as Record<App, RunningProcess>,
    addresses,
    folder,
    url: (app) => urlOf(addresses, app),
  };
};
