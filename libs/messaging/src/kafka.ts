import { kafkajs } from '@huma-poweroffice/kafkajs';
import { ServiceToken, type Logger, type Secret } from '@huma-poweroffice/platform';
import type { Kafka as KafkaJs, KafkaConfig, SASLOptions } from 'kafkajs';

const { Kafka, logLevel } = kafkajs;

/** The settings that say how the brokers are reached; those that may be absent are for TLS and OAUTHBEARER. */
export interface KafkaSettings {
  readonly KAFKA_BROKERS: readonly string[];
  readonly KAFKA_SSL: boolean;
  readonly KAFKA_SSL_CA?: Secret | null;
  readonly KAFKA_SSL_CERT?: Secret | null;
  readonly KAFKA_SSL_KEY?: Secret | null;
  readonly KAFKA_SASL_MECHANISM: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'oauthbearer' | null;
  readonly KAFKA_SASL_USERNAME: string | null;
  readonly KAFKA_SASL_PASSWORD: Secret | null;
  readonly KAFKA_SASL_SCOPE?: string | null;
  /** The identity provider whose tokens the brokers accept with OAUTHBEARER. */
  readonly OIDC_ISSUER_URL?: string;
}

/** TLS with the system's certificate authorities, or with the given one; with a certificate of our own if there is one. */
const sslOf = ({ KAFKA_SSL, KAFKA_SSL_CA, KAFKA_SSL_CERT, KAFKA_SSL_KEY }: KafkaSettings): KafkaConfig['ssl'] =>
  KAFKA_SSL && {
    ...(KAFKA_SSL_CA ? { ca: [KAFKA_SSL_CA.reveal()] } : {}),
    ...(KAFKA_SSL_CERT && KAFKA_SSL_KEY ? { cert: KAFKA_SSL_CERT.reveal(), key: KAFKA_SSL_KEY.reveal() } : {}),
  };

const saslOf = (settings: KafkaSettings): SASLOptions | null => {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, OIDC_ISSUER_URL } = settings;
  if (!mechanism || !KAFKA_SASL_PASSWORD) return null;
  const username = KAFKA_SASL_USERNAME ?? '';
  if (mechanism !== 'oauthbearer')
    return { mechanism, username, password: KAFKA_SASL_PASSWORD.reveal() } as SASLOptions;
  if (OIDC_ISSUER_URL === undefined)
    throw new Error('OIDC_ISSUER_URL is required, because KAFKA_SASL_MECHANISM is oauthbearer.');
  const token = new ServiceToken({
    issuer: OIDC_ISSUER_URL,
    clientId: username,
    clientSecret: KAFKA_SASL_PASSWORD,
    scope: settings.KAFKA_SASL_SCOPE ?? '',
  });
  return { mechanism, oauthBearerProvider: async () => ({ value: await token.get() }) };
};

/**
 * The client of a service. What kafkajs says itself goes to the service's log, as a warning at the most: it calls a lot
 * an error that passes.
 */
export const createKafka = (clientId: string, settings: KafkaSettings, logger: Logger): KafkaJs => {
  const sasl = saslOf(settings);
  return new Kafka({
    clientId,
    brokers: [...settings.KAFKA_BROKERS],
    ssl: sslOf(settings) ?? false,
    ...(sasl ? { sasl } : {}),
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
