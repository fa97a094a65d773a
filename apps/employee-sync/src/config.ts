import { commonSettings, integer, text, url, type ConfigOf } from '@huma-poweroffice/platform';

const MINUTE = 60_000;

/** All that employee-sync takes from its environment; see docs/settings.md. */
export const settings = {
  ...commonSettings.http(3002),
  ...commonSettings.kafka,
  ...commonSettings.database,
  ...commonSettings.identity,
  ...commonSettings.ownCredentials,
  ...commonSettings.encryption,
  ...commonSettings.telemetry,
  POWEROFFICE_API_URL: url(),
  HUMA_API_URL: url(),
  HUMA_TOKEN_URL: url(),
  CONNECTOR_CONFIG_GRPC_URL: text(),
  /** The budget that connector-config gives out, and the share of it for what is read because somebody waits. */
  POWEROFFICE_REQUESTS_PER_SECOND: integer(1, 1000, 10),
  LOOKS_PERCENT: integer(1, 50, 5),
  ...commonSettings.grpcTls,
  /** The parts of the settling wait, in milliseconds (lane protocol, 8). */
  SEND_WINDOW_MS: integer(100, MINUTE, 2000),
  CLIENT_TIMEOUT_MS: integer(100, MINUTE, 10_000),
  POWEROFFICE_PROCESSING_MS: integer(0, 10 * MINUTE, 20_000),
  POWEROFFICE_READ_LAG_MS: integer(0, 10 * MINUTE, 5000),
  /** Runs that a process collects, and that it executes, side by side. */
  RUNS_AT_ONCE: integer(1, 10, 3),
} as const;

export type Config = ConfigOf<typeof settings>;
