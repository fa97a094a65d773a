import { createKafka, outboxChannel, OutboxRelay, PublishedTopics } from '@huma-poweroffice/messaging';
import { createLogger, Database, Notifications, TokenVerifier } from '@huma-poweroffice/platform';
import { createService, startTracing, type Running } from '@huma-poweroffice/platform/service';
import { compose } from './compose.js';
import { readConfig } from './config.js';
import { ConnectorConfigModule, texts } from './connector-config.module.js';
import { migrations } from './database/migrations.js';
import { connectorHandlers } from './grpc/connector-handlers.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { serverCredentials } from './grpc/server-credentials.js';
import { readiness } from './operations/readiness.js';
import { PublishedConnections } from './restore/published-connections.js';
import { Sampler } from './operations/sampler.js';
import { grpcObserver, initializeMetrics } from './operations/service-metrics.js';

export interface RunningConnectorConfig extends Running {
  /** Of HTTP. */
  readonly url: string;
  readonly grpcPort: number;
}

const NAME = 'connector-config';

/**
 * Starts the service: HTTP, gRPC, and what works by itself.
 * @param log where the log goes; standard output when not said
 */
export const startConnectorConfig = async (
  env: Readonly<Record<string, string | undefined>>,
  log?: { write(line: string): void },
): Promise<RunningConnectorConfig> => {
  const config = readConfig(env);
  const logger = createLogger(NAME, config.LOG_LEVEL, log);
  const tracing = startTracing({ service: NAME, endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT });
  const { DATABASE_URL: databaseUrl, MIGRATE_ON_START: migrateOnStart } = config;
  const database = await Database.connect({ url: databaseUrl, migrations, migrateOnStart, logger });
  const parts = compose(config, database, logger);
  const verifier = new TokenVerifier(config.OIDC_ISSUER_URL, config.OIDC_AUDIENCE);

  const kafka = createKafka(NAME, config, logger);
  const relay = new OutboxRelay(database, kafka, config.KAFKA_TOPIC_PREFIX, logger);
  const written = new PublishedTopics(kafka, config.KAFKA_TOPIC_PREFIX, ['connections'], logger);
  const published = new PublishedConnections(
    database,
    kafka,
    parts.changes,
    { topicPrefix: config.KAFKA_TOPIC_PREFIX, compared: () => relay.start() },
    logger,
  );
  const filled = new Notifications(
    databaseUrl,
    outboxChannel,
    () => {
      if (published.isCompared) relay.wake();
    },
    logger,
  );
  const sampler = new Sampler({ ...parts, relay }, logger);
  const grpc = new GrpcServer(connectorHandlers(parts.grpc), verifier, logger, grpcObserver);
  const service = await createService({
    ...texts,
    module: ConnectorConfigModule.with(parts.http),
    logger,
    verifier,
    issuer: config.OIDC_ISSUER_URL,
    readiness: readiness(database, { relay, published }, config.KAFKA_BROKERS, written),
    port: config.PORT,
    host: config.HOST,
    publicUrl: config.PUBLIC_URL,
    operationsPort: config.OPERATIONS_PORT,
    serveDocs: config.SERVE_DOCS,
  });

  initializeMetrics();
  await parts.budget.start();
  await parts.rotation.start();
  published.start();
  await filled.start();
  parts.probes.start();
  sampler.start();
  const grpcPort = await grpc.listen(config.HOST, config.GRPC_PORT, serverCredentials(config));
  const url = await service.listen();
  logger.info({ grpcPort }, 'takes calls');

  const stop = async (): Promise<void> => {
    // Calls that wait for a permit are answered at once, not broken off when the grace of gRPC has passed.
    await Promise.all([service.stop(), parts.budget.stop(), grpc.stop(), published.stop()]);
    await Promise.all([parts.probes.stop(), sampler.stop(), parts.rotation.stop(), filled.stop(), relay.stop()]);
    parts.clients.close();
    await database.close();
    await tracing.stop();
  };
  return { url, grpcPort, stop };
};
