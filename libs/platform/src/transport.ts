import { Secret } from './secret.js';

type Values = Readonly<Record<string, unknown>>;

const isLoopbackHost = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
/** The host of `host:port`. */
const hostOf = (address: string): string => address.replace(/^dns:(?:\/\/\/)?/, '').replace(/:\d+$/, '');
const isLoopback = (address: unknown): boolean => typeof address === 'string' && isLoopbackHost(hostOf(address));

/** What must be set together: names that are needed as soon as the first one is set. */
const together: readonly (readonly [string, ...string[]])[] = [
  ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
  ['KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'],
  ['KAFKA_SSL_KEY', 'KAFKA_SSL_CERT'],
  ['GRPC_TLS_CERT', 'GRPC_TLS_KEY'],
  ['GRPC_TLS_KEY', 'GRPC_TLS_CERT'],
];
const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== false;

/** Sentences about settings that only make sense together, for {@link parseConfig}. Settings that a program lacks do not count. */
export const incompleteMistakes = (values: Values): string[] => {
  const missing = together.flatMap(([first, ...others]) =>
    isSet(values[first]) ? others.filter((other) => values[other] === null).map((other) => `${other} is missing`) : [],
  );
  const lonely = values['GRPC_TLS_CLIENT_AUTH'] === true && values['GRPC_TLS_CA'] === null;
  const unused = values['KAFKA_SSL'] === false && isSet(values['KAFKA_SSL_CA'] ?? values['KAFKA_SSL_CERT']);
  return [
    ...new Set(missing),
    ...(lonely ? ['GRPC_TLS_CA is missing, against which client certificates are checked'] : []),
    ...(unused ? ['KAFKA_SSL must be true where a certificate for Kafka is set'] : []),
  ];
};

const addressMistake = ([name, value]: [string, unknown]): string[] =>
  typeof value === 'string' && value.startsWith('http:') && !isLoopbackHost(new URL(value).hostname)
    ? [`${name} must begin with https:`]
    : [];

const databaseMistake = (url: unknown): string[] => {
  if (!(url instanceof Secret) || !URL.canParse(url.reveal())) return [];
  const { hostname, searchParams } = new URL(url.reveal());
  // Without `verify-full` whoever answers at the address is believed to be the server.
  if (isLoopbackHost(hostname) || searchParams.get('sslmode') === 'verify-full') return [];
  return ['DATABASE_URL must ask for sslmode=verify-full'];
};

const kafkaMistake = ({ KAFKA_BROKERS: brokers, KAFKA_SSL: ssl }: Values): string[] =>
  Array.isArray(brokers) && ssl === false && !brokers.every(isLoopback) ? ['KAFKA_SSL must be true'] : [];

const grpcMistake = (values: Values): string[] => {
  const { GRPC_PORT: port, HOST: host, CONNECTOR_CONFIG_GRPC_URL: server } = values;
  if (port !== undefined && values['GRPC_TLS_CERT'] === null && !isLoopback(host)) return ['GRPC_TLS_CERT is missing'];
  if (server !== undefined && values['GRPC_TLS_CA'] === null && !isLoopback(server)) return ['GRPC_TLS_CA is missing'];
  return [];
};

/**
 * Sentences about settings by which data would leave this machine unencrypted, or reach a server that nobody has verified.
 * Addresses of this machine itself do not count.
 */
export const clearTextMistakes = (values: Values): string[] =>
  [
    ...Object.entries(values).flatMap(addressMistake),
    ...databaseMistake(values['DATABASE_URL']),
    ...kafkaMistake(values),
    ...grpcMistake(values),
  ].map((mistake) => `${mistake} in production (or ALLOW_CLEARTEXT=true, where something else encrypts)`);
