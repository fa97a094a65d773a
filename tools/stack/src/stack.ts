import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { apps, databaseOf, defaultPorts, environmentOf, urlOf, type Addresses, type App } from './environment.js';
import { startKafka, type KafkaServer } from './kafka.js';
import { startProcess, type RunningProcess } from './managed-process.js';
import { instanceFolder, repositoryRoot } from './paths.js';
import { assertPortFree, freePorts } from './ports.js';
import { startPostgres, type Postgres } from './postgres.js';
import { secretsOf } from './secrets.js';
import { createTopics } from './topics.js';

export interface StackOptions {
  /** Name of the data: instances run side by side when their ports do not meet. */
  readonly instance: string;
  /** `fixed`: the documented ports; `free`: whichever are. */
  readonly ports: 'fixed' | 'free';
  /** The programs to start; all when absent. */
  readonly parts?: readonly App[];
  /** Begin anew: the data of the instance is removed first. */
  readonly fresh: boolean;
  /** Called around every step, to say what is being done. */
  readonly step: <T>(what: string, run: () => Promise<T>) => Promise<T>;
  readonly onUnexpectedExit?: (sentence: string) => void;
}

export interface Stack {
  readonly postgres: Postgres;
  readonly kafka: KafkaServer;
  /** The programs that were started. */
  readonly apps: ReadonlyMap<App, RunningProcess>;
  readonly addresses: Addresses;
  readonly folder: string;
  readonly url: (app: App) => string;
}

const serverPorts = { postgres: 5433, kafka: 9092, controller: 9093 };
const fixedPorts = { ...serverPorts, ...defaultPorts };
type Ports = Record<keyof typeof fixedPorts, number>;

const portsFor = async (kind: 'fixed' | 'free', parts: readonly App[]): Promise<Ports> => {
  if (kind === 'free') return freePorts(Object.keys(fixedPorts) as (keyof Ports)[]);
  const needed: Partial<Ports> = parts.includes('connector-config') ? { grpc: fixedPorts.grpc } : {};
  for (const part of parts) needed[part] = fixedPorts[part];
  for (const [part, port] of Object.entries({ ...serverPorts, ...needed })) await assertPortFree(port, part);
  return fixedPorts;
};

/** Starts PostgreSQL, Kafka and the programs, each as a process of its own. Whatever was started is stopped by `stopEverything`. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const { parts = apps } = options;
  const folder = instanceFolder(options.instance);
  // The ports come first: where they are taken, the data may be in use.
  const ports = await portsFor(options.ports, parts);
  if (options.fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const log = (name: string): string => join(folder, 'logs', `${name}.log`);
  const exit = options.onUnexpectedExit ? { onUnexpectedExit: options.onUnexpectedExit } : {};

  const [postgres, kafka] = await options.step('PostgreSQL and Kafka', () =>
    Promise.all([
      startPostgres({
        dataDir: join(folder, 'postgres'),
        port: ports.postgres,
        durable: true,
        logFile: log('postgres'),
        ...exit,
      }),
      startKafka({
        dataDir: join(folder, 'kafka'),
        port: ports.kafka,
        controllerPort: ports.controller,
        logFile: log('kafka'),
        ...exit,
      }),
    ]),
  );
  await options.step('Databases and topics', async () => {
    for (const app of parts) await postgres.createDatabase(databaseOf(app));
    await createTopics(kafka.brokers, '');
  });
  const addresses: Addresses = {
    brokers: kafka.brokers,
    database: (name) => postgres.url(name),
    ports,
    secrets: secretsOf(folder),
  };
  const running = new Map<App, RunningProcess>();
  for (const app of parts) {
    const start = (): Promise<RunningProcess> =>
      startProcess({
        name: app,
        command: process.execPath,
        args: [join(repositoryRoot, 'apps', app, 'dist', 'main.js')],
        env: environmentOf(app, addresses),
        logFile: log(app),
        readyUrl: `${urlOf(addresses, app)}/health/ready`,
        ...exit,
      });
    running.set(app, await options.step(app, start));
  }
  return {
    postgres,
    kafka,
    apps: running,
    addresses,
    folder,
    url: (app) => urlOf(addresses, app),
  };
};
