import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kafkajs } from '@huma-poweroffice/kafkajs';
import type { Kafka as KafkaClient } from 'kafkajs';
import { findJava, kafkaJars } from './kafka-install.js';
import { startProcess, type RunningProcess } from './managed-process.js';
import { runTool } from './run-tool.js';

const { Kafka, logLevel } = kafkajs;

export interface KafkaOptions {
  /** Made at the first start, reused later; holds data and configuration. */
  readonly dataDir: string;
  readonly port: number;
  readonly controllerPort: number;
  /** Where clients are sent to: the port of a proxy that listens already and can cut them off. `port` when absent. */
  readonly advertisedPort?: number;
  readonly logFile?: string;
  readonly onUnexpectedExit?: (sentence: string) => void;
}

export interface KafkaServer extends RunningProcess {
  readonly port: number;
  /** For KAFKA_BROKERS; the proxy's address where there is one. */
  readonly brokers: string;
}

const advertised = ({ advertisedPort, port }: KafkaOptions): string => `127.0.0.1:${String(advertisedPort ?? port)}`;

/** Files of properties are Latin-1; a path may hold any character. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const serverProperties = (options: KafkaOptions, data: string): string => {
  const broker = `127.0.0.1:${String(options.port)}`;
  const controller = `127.0.0.1:${String(options.controllerPort)}`;
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${broker},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${advertised(options)}`,
    'log.dirs': data,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // A killed broker may only come back when its session has ended: 9 s by default.
    'broker.session.timeout.ms': 5_000,
    'broker.heartbeat.interval.ms': 1_000,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${escaped(String(value))}\n`)
    .join('');
};

/** Java reads names of files in the encoding of the locale; without one, as in most containers, that is ASCII. */
const utf8 = { LC_ALL: 'C.UTF-8' };

const log4j = `rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.name = console
appender.console.type = Console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c{1} %m%n
`;

/** A client that says nothing by itself and gives up soon: what it finds is asked again by whoever waits. */
export const quietKafka = (brokers: string): KafkaClient =>
  new Kafka({
    clientId: 'stack',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    retry: { retries: 3, initialRetryTime: 100 },
  });

/** Consumers can only join when the group coordinator has loaded; until then kafkajs logs errors. */
const coordinatorAnswers = async (brokers: string): Promise<boolean> => {
  const admin = quietKafka(brokers).admin();
  try {
    await admin.connect();
    await admin.describeGroups(['readiness']);
    return true;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

/**
 * Starts Apache Kafka (one KRaft node, Java 17 or newer; the jars come through Maven once) on 127.0.0.1 and waits until
 * its group coordinator answers. After a kill, a restart takes several seconds: the dead broker's session must end.
 */
export const startKafka = async (options: KafkaOptions): Promise<KafkaServer> => {
  const { dataDir, port } = options;
  const [java, jars] = [await findJava(), await kafkaJars()];
  const data = join(dataDir, 'data');
  const configuration = join(dataDir, 'server.properties');
  const logging = join(dataDir, 'log4j2.properties');
  mkdirSync(dataDir, { recursive: true });
  // Records hold personal values; Kafka makes its files readable by everybody.
  chmodSync(dataDir, 0o700);
  writeFileSync(configuration, serverProperties(options, data));
  writeFileSync(logging, log4j);
  const jvm = [
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    `-Dlog4j2.configurationFile=${pathToFileURL(logging).href}`,
  ];
  const classPath = ['-cp', join(jars, '*')];
  if (!existsSync(join(data, 'meta.properties'))) {
    const clusterId = randomBytes(15).toString('base64url');
    const format = ['kafka.tools.StorageTool', 'format', '-t', `A${clusterId}A`, '-c', configuration];
    await runTool(java, [...jvm, ...classPath, ...format], { env: utf8 });
  }
  const brokers = advertised(options);
  const running = await startProcess({
    name: 'Apache Kafka',
    command: java,
    args: ['-Xms128m', '-Xmx384m', ...jvm, ...classPath, 'kafka.Kafka', configuration],
    env: utf8,
    logFile: options.logFile ?? `${dataDir}.log`,
    isReady: () => coordinatorAnswers(brokers),
    readyWithinMs: 90_000,
    ...(options.onUnexpectedExit && { onUnexpectedExit: options.onUnexpectedExit }),
  });
  return Object.assign(running, { port, brokers });
};
