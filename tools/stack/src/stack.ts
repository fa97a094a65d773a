import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { apps, databaseOf, defaultPorts, environmentOf, urlOf, type Addresses, type App } from './environment.js';
import { startKafka, type KafkaServer } from './kafka.js';
import { startProcess, type RunningProcess } from './managed-process.js';
import { instanceFolder, repositoryRoot } from './paths.js';
import { assertPortFree, freePort, freePorts } from './ports.js';
import { startPostgres, type Postgres } from './postgres.js';
import { discardFolder } from './reachable.js';
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
  /** Variables beside those that every program gets here, by program. */
  readonly settings?: Partial<Record<App, Readonly<Record<string, string>>>>;
  /** The simulators keep their data in a PostgreSQL of their own, so that the product's can be killed alone. */
  readonly outsideApart?: boolean;
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
  /** Removes the data of the instance; everything must have been stopped. */
  readonly discard: () => void;
  /** Starts one more process of a program, on ports of its own; answers it and its address. */
  readonly replica: (app: App) => Promise<{ readonly process: RunningProcess; readonly url: string }>;
}

/**
 * Without a limit, V8 lets garbage lie as long as the machine has memory. The simulators hold everything in theirs.
 */
const heapMegabytesOf = (app: App): number => (simulators.includes(app) ? 1024 : 192);

const simulators: readonly App[] = ['poweroffice-simulator', 'huma-simulator'];

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
  if (options.fresh) discardFolder(folder);
  mkdirSync(join(folder, 'logs'), { recursive: true, mode: 0o700 });
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
  const outside = options.outsideApart
    ? await startPostgres({
        dataDir: join(folder, 'outside-postgres'),
        port: await freePort(),
        durable: false,
        logFile: log('outside-postgres'),
        ...exit,
      })
    : postgres;
  const serverOf = (app: App): Postgres => (simulators.includes(app) ? outside : postgres);
  await options.step('Databases and topics', async () => {
    for (const app of parts) await serverOf(app).createDatabase(databaseOf(app));
    await createTopics(kafka.brokers, '');
  });
  const addresses: Addresses = {
    brokers: kafka.brokers,
    database: (app) => serverOf(app).url(databaseOf(app)),
    ports,
    secrets: secretsOf(folder),
  };
  const start = (app: App, at: Addresses, name: string): Promise<RunningProcess> =>
    startProcess({
      name,
      command: process.execPath,
      args: [
        `--max-old-space-size=${String(heapMegabytesOf(app))}`,
        '--max-semi-space-size=16',
        join(repositoryRoot, 'apps', app, 'dist', 'main.js'),
      ],
      env: { ...environmentOf(app, at), ...options.settings?.[app] },
      logFile: log(name),
      readyUrl: `${urlOf(at, app)}/health/ready`,
      ...exit,
    });
  const running = new Map<App, RunningProcess>();
  for (const app of parts) running.set(app, await options.step(app, () => start(app, addresses, app)));
  let replicas = 1;
  return {
    postgres,
    kafka,
    apps: running,
    addresses,
    folder,
    url: (app) => urlOf(addresses, app),
    discard: () => {
      discardFolder(folder);
    },
    replica: async (app) => {
      const at = { ...addresses, ports: { ...ports, ...(await freePorts([app, 'grpc'])) } };
      return { process: await start(app, at, `${app}-${String((replicas += 1))}`), url: urlOf(at, app) };
    },
  };
};
