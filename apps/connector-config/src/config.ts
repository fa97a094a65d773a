import { commonSettings, integer, parseConfig, port, secret, url, type ConfigOf } from '@huma-poweroffice/platform';

const settings = {
  ...commonSettings.http(3001),
  GRPC_PORT: port(50_051),
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
  /** How often a connection that the system paused is tried again. */
  POWEROFFICE_PROBE_SECONDS: integer(1, 86_400, 180),
  /** However often it is refused, a connection is not probed again within this time. */
  POWEROFFICE_PROBE_PAUSE_SECONDS: integer(0, 3600, 30),
  HUMA_API_URL: url(),
  HUMA_TOKEN_URL: url(),
} as const;

export type Config = ConfigOf<typeof settings>;

/** @throws ConfigError one that names every mistake */
export const readConfig = (env: Readonly<Record<string, string | undefined>>): Config => parseConfig(env, settings);
