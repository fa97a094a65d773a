import { createKafka, OutboxRelay, outboxChannel, PublishedTopics } from '@huma-poweroffice/messaging';
import {
  createLogger,
  Database,
  Keyring,
  Notifications,
  ServiceToken,
  TokenVerifier,
  type Logger,
} from '@huma-poweroffice/platform';
import { createService, type Service } from '@huma-poweroffice/platform/service';
import { PowerOfficeClient } from '@huma-poweroffice/poweroffice/client';
import type { Timing } from '@huma-poweroffice/sync-rules';
import { Background } from './background.js';
import type { Config } from './config.js';
import { clientCredentials, GrpcConnector } from './connector/grpc-connector.js';
import { migrations } from './database/migrations.js';
import { EmployeeSyncModule, texts } from './employee-sync.module.js';
import { gauges } from './gauges.js';
import { lanesChannel } from './lanes/lane-channel.js';
import { PeopleQueries } from './people/people-queries.js';
import { PeopleService } from './people/people.service.js';
import { SyncNow } from './people/sync-now.js';
import { rebuildFromTopic } from './rebuild/rebuild-from-topic.js';
import { Rebuilder } from './rebuild/rebuilder.js';
import { createRuns } from './runs/create-runs.js';
import { createSending } from './sending/create-sending.js';
import { createIntake } from './take-in/create-intake.js';

const NAME = 'employee-sync';
/** A consumer that has been silent for so long will not recover by itself. */
const HOPELESS_MS = 5 * 60_000;

const timingOf = (config: Config): Timing => {
  const { SEND_WINDOW_MS, CLIENT_TIMEOUT_MS, POWEROFFICE_PROCESSING_MS, POWEROFFICE_READ_LAG_MS } = config;
  return {
    sendWindowMs: SEND_WINDOW_MS,
    clientTimeoutMs: CLIENT_TIMEOUT_MS,
    processingMs: POWEROFFICE_PROCESSING_MS,
    readLagMs: POWEROFFICE_READ_LAG_MS,
    // 4. The client gives up well before the lease ends.
    leaseMs: SEND_WINDOW_MS + CLIENT_TIMEOUT_MS + 3000,
  };
};

const looksEveryMsOf = ({ POWEROFFICE_REQUESTS_PER_SECOND, LOOKS_PERCENT }: Config): number =>
  100_000 / (POWEROFFICE_REQUESTS_PER_SECOND * LOOKS_PERCENT);

/** Puts the service together: the one place that knows every part. */
export const createEmployeeSync = async (config: Config): Promise<Service> => {
  const logger = createLogger(NAME, config.LOG_LEVEL);
  const database = await Database.connect({
    url: config.DATABASE_URL,
    migrations,
    migrateOnStart: config.MIGRATE_ON_START,
    logger,
  });
  const keyring = new Keyring(config.ENCRYPTION_KEYS);
  const kafka = createKafka(NAME, config, logger);
  const connector = connectorOf(config, logger);
  const client = new PowerOfficeClient({ baseUrl: config.POWEROFFICE_API_URL });
  const sending = createSending({
    database,
    keyring,
    connector,
    client,
    timing: timingOf(config),
    looksEveryMs: looksEveryMsOf(config),
    logger,
  });
  const { dispatcher, knowledge, lanes, worlds, audit } = sending;
  await database.transaction((tx) => lanes.retryInternalErrors(tx));

  const intake = { database, keyring, kafka, topicPrefix: config.KAFKA_TOPIC_PREFIX, logger };
  const consumer = createIntake(intake);
  const rebuilder = new Rebuilder(database, () => rebuildFromTopic(intake), logger);
  const runs = createRuns({
    database,
    keyring,
    connector,
    client,
    sending,
    caughtUp: (signal) => consumer.caughtUp(signal),
    runsAtOnce: config.RUNS_AT_ONCE,
    logger,
  });
  const written = new PublishedTopics(kafka, config.KAFKA_TOPIC_PREFIX, ['syncOutcomes', 'unreadable'], logger);
  const relay = new OutboxRelay(database, kafka, config.KAFKA_TOPIC_PREFIX, logger);
  const notifications = [
    new Notifications(config.DATABASE_URL, lanesChannel, () => dispatcher.wake(), logger),
    new Notifications(config.DATABASE_URL, outboxChannel, () => relay.wake(), logger),
  ];
  gauges({ database, consumer, relay, dispatcher });

  const queries = new PeopleQueries(database);
  const background = new Background({
    consumer,
    dispatcher,
    knowledge,
    runs,
    rebuilder,
    relay,
    notifications,
    close: async () => {
      connector.close();
      client.close();
      await database.close();
    },
  });
  const service = await createService({
    ...texts,
    module: EmployeeSyncModule.with(
      [
        { provide: Background, useValue: background },
        { provide: PeopleService, useValue: new PeopleService(database, queries, lanes, worlds, audit) },
        { provide: SyncNow, useValue: new SyncNow(database, queries, lanes, worlds, audit) },
      ],
      runs.service,
    ),
    logger,
    verifier: new TokenVerifier(config.OIDC_ISSUER_URL, config.OIDC_AUDIENCE),
    issuer: config.OIDC_ISSUER_URL,
    readiness: [
      { name: 'database', check: async () => ({ ok: await database.isReachable() }) },
      {
        name: 'kafka',
        check: async () => {
          const problems = [...consumer.state().problems, ...(await written.problems())];
          return { ok: problems.length === 0, detail: problems.join('; ') };
        },
      },
    ],
    liveness: [
      {
        name: 'kafka',
        check: async () => {
          const { silentSince } = consumer.state();
          return { ok: silentSince === null || Date.now() - silentSince < HOPELESS_MS };
        },
      },
    ],
    port: config.PORT,
    host: config.HOST,
    publicUrl: config.PUBLIC_URL,
    operationsPort: config.OPERATIONS_PORT,
    serveDocs: config.SERVE_DOCS,
  });
  return {
    ...service,
    stop: () => {
      runs.service.endWatching();
      return service.stop();
    },
  };
};

const connectorOf = (config: Config, logger: Logger): GrpcConnector => {
  const ownToken = new ServiceToken({
    issuer: config.OIDC_ISSUER_URL,
    clientId: config.OIDC_CLIENT_ID,
    clientSecret: config.OIDC_CLIENT_SECRET,
    scope: 'poweroffice.internal',
  });
  return new GrpcConnector(config.CONNECTOR_CONFIG_GRPC_URL, ownToken, logger, clientCredentials(config));
};
