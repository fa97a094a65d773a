import {
  commonSettings,
  flag,
  integer,
  parseConfig,
  port,
  secret,
  url,
  type ConfigOf,
} from '@huma-poweroffice/platform';

const settings = {
  ...commonSettings.http(3001),
  GRPC_PORT: port(50_051),
  ...commonSettings.grpcTls,
  /** Whether only clients with a certificate that `GRPC_TLS_CA` vouches for are served. */
  GRPC_TLS_CLIENT_AUTH: flag(false),
  ...commonSettings.kafka,
  ...commonSettings.database,
  ...commonSettings.identity,
  ...commonSettings.encryption,
  ...commonSettings.telemetry,
  POWEROFFICE_API_URL: url(),
  POWEROFFICE_TOKEN_URL: url(),
  POWEROFFICE_APPLICATION_KEY: secret(),
  POWEROFFICE_SUBSCRIPTION_KEY: secret(),
  /** The shared budget: over all customers, processes and connections. */
  POWEROFFICE_REQUESTS_PER_SECOND: integer(1, 1000, 10),
  /** A request counts as arrived at the latest so long after its sending. */
  POWEROFFICE_ARRIVAL_MS: integer(1, 5000, 50),
  /** The number of client keys that one person may try within a minute, and at the same time. */
  POWEROFFICE_KEY_TRIES_PER_MINUTE: integer(1, 10_000, 5),
  POWEROFFICE_KEY_TRIES_AT_ONCE: integer(1, 100, 1),
  /** The number of keys of one organisation that PowerOffice may refuse within an hour. */
  POWEROFFICE_REFUSED_KEYS_PER_HOUR: integer(1, 10_000, 20),
  /** After this number of refused keys within ten minutes the organisation has to wait for fifteen minutes. */
  POWEROFFICE_REFUSED_KEYS_BEFORE_PAUSE: integer(1, 10_000, 5),
  /** The first interval between probes of a connection that the system paused. It doubles with every probe. */
  POWEROFFICE_PROBE_SECONDS: integer(1, 86_400, 180),
  /** The first interval between probes for a privilege that something waits for. It doubles with every probe. */
  POWEROFFICE_PRIVILEGE_SECONDS: integer(1, 86_400, 300),
  /** The share of the budget, in percent, that probes of connections may use. */
  POWEROFFICE_PROBE_PERCENT: integer(1, 50, 5),
  /** However often it is refused, a connection is not probed again within this time. */
  POWEROFFICE_PROBE_PAUSE_SECONDS: integer(0, 3600, 30),
  HUMA_API_URL: url(),
  HUMA_TOKEN_URL: url(),
} as const;

export type Config = ConfigOf<typeof settings>;

/** @throws ConfigError one that names every mistake */
export const readConfig = (env: Readonly<Record<string, string | undefined>>): Config => parseConfig(env, settings);
