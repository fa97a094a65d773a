import type { Logger, Secret } from '@huma-poweroffice/platform';
import kafkajs, { type Kafka as KafkaJs, type SASLOptions } from 'kafkajs';

const { Kafka, logLevel } = kafkajs;

export interface KafkaSettings {
  readonly KAFKA_BROKERS: readonly string[];
  readonly KAFKA_SSL: boolean;
  readonly KAFKA_SASL_MECHANISM: 'plain' | 'scram-sha-256' | 'scram-sha-512' | null;
  readonly KAFKA_SASL_USERNAME: string | null;
  readonly KAFKA_SASL_PASSWORD: Secret | null;
}

/**
 * The client of a service. What kafkajs says itself goes to the service's log, as a warning at the most: it calls a lot
 * an error that passes.
 */
export const createKafka = (clientId: string, settings: KafkaSettings, logger: Logger): KafkaJs => {
  const { KAFKA_BROKERS, KAFKA_SSL, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = settings;
  const sasl = KAFKA_SASL_MECHANISM && {
    mechanism: KAFKA_SASL_MECHANISM,
    username: KAFKA_SASL_USERNAME ?? '',
    password: KAFKA_SASL_PASSWORD?.reveal() ?? '',
  };
  return new Kafka({
    clientId,
    brokers: [...KAFKA_BROKERS],
    ssl: KAFKA_SSL,
    ...(sasl ? { sasl: sasl as SASLOptions } : {}),
    connectionTimeout: 3000,
    retry: { retries: 20, initialRetryTime: 100, maxRetryTime: 2000 },
    logCreator:
      () =>
      ({ level, log }) => {
        const { message, ...rest } = log;
        logger[level <= logLevel.WARN ? 'warn' : 'debug']({ kafka: rest }, message);
      },
  });
};
