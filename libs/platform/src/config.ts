import { readFileSync } from 'node:fs';
import { parseKeys } from './keyring.js';
import { Secret } from './secret.js';
import { clearTextMistakes, incompleteMistakes } from './transport.js';

/** A mistake of whoever set the service up: its message is one sentence for them, without a secret. */
export class ConfigError extends Error {}

/** How one setting is read: from the text of its variable (undefined when absent or empty), or throws a sentence. */
export interface Setting<T> {
  readonly read: (text: string | undefined) => T;
  /** Whether the text may be in a file instead, which the variable with `_FILE` at its end names. */
  readonly fromFile?: boolean;
}

const setting = <T>(parse: (text: string) => T, fallback?: { value: T }): Setting<T> => ({
  read: (text) => {
    if (text !== undefined) return parse(text);
    if (fallback) return fallback.value;
    throw new Error('is missing');
  },
});

const within = (text: string, min: number, max: number): number => {
  const n = Number(text);
  if (!Number.isInteger(n) || n < min || n > max)
    throw new Error(`must be a whole number from ${String(min)} to ${String(max)}`);
  return n;
};

/** Any text that is not empty; the fallback where the variable is absent. */
export const text = (fallback?: string): Setting<string> =>
  setting((t) => t, fallback === undefined ? undefined : { value: fallback });
/** A whole number from `min` to `max`, both included. */
export const integer = (min: number, max: number, fallback?: number): Setting<number> =>
  setting((t) => within(t, min, max), fallback === undefined ? undefined : { value: fallback });
/** A TCP port; 0 lets the system choose one. */
export const port = (fallback: number): Setting<number> => integer(0, 65_535, fallback);
/** An absolute address of HTTP, without slashes at its end, and without a user name and password. */
export const url = (fallback?: string): Setting<string> =>
  setting(
    (t) => {
      if (!URL.canParse(t)) throw new Error('must be an address such as https://example.com/path');
      const { username, password, protocol } = new URL(t);
      if (protocol !== 'https:' && protocol !== 'http:') throw new Error('must begin with https: (or http:)');
      // Addresses appear in logs and errors.
      if (username !== '' || password !== '') throw new Error('must not hold a user name or password');
      return t.replace(/\/+$/, '');
    },
    fallback === undefined ? undefined : { value: fallback },
  );
/** `true` or `false`, and nothing else. */
export const flag = (fallback: boolean): Setting<boolean> =>
  setting(
    (t) => {
      if (t !== 'true' && t !== 'false') throw new Error('must be true or false');
      return t === 'true';
    },
    { value: fallback },
  );
/** A comma list; spaces around the parts, and empty parts, do not count. */
export const list = (fallback?: readonly string[]): Setting<readonly string[]> =>
  setting(
    (t) =>
      t
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    fallback === undefined ? undefined : { value: fallback },
  );
/** A text that prints as `***` wherever it turns up. */
export const secret = (): Setting<Secret> => ({ ...setting((t) => new Secret(t)), fromFile: true });
/** Certificates or a private key as PEM, as one secret text. */
export const pem = (): Setting<Secret> => ({
  ...setting((t) => {
    if (!/-----BEGIN [A-Z0-9 ]+-----[^-]+-----END [A-Z0-9 ]+-----/.test(t)) throw new Error('must be PEM');
    return new Secret(t);
  }),
  fromFile: true,
});
/** Keys of a `Keyring`, as one secret text. */
export const keys = (): Setting<Secret> => ({
  ...setting((t) => {
    parseKeys(t);
    return new Secret(t);
  }),
  fromFile: true,
});
/** One of a few words, spelt exactly. */
export const oneOf = <const T extends string>(choices: readonly T[], fallback?: T): Setting<T> =>
  setting(
    (t) => {
      const found = choices.find((c) => c === t);
      if (found === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
      return found;
    },
    fallback === undefined ? undefined : { value: fallback },
  );
/** A setting that may be absent. */
export const optional = <T>(inner: Setting<T>): Setting<T | null> => ({
  ...inner,
  read: (t) => (t === undefined ? null : inner.read(t)),
});

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type ConfigOf<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as absent. */
const given = (env: Environment, name: string): string | undefined => (env[name] === '' ? undefined : env[name]);

/** @throws Error a sentence that names neither the value nor the file */
const textOf = (env: Environment, name: string, fromFile: boolean): string | undefined => {
  const own = given(env, name);
  const file = fromFile ? given(env, `${name}_FILE`) : undefined;
  if (file === undefined) return own;
  if (own !== undefined) throw new Error(`must not be set together with ${name}_FILE`);
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`cannot be read from the file that ${name}_FILE names`, { cause: error });
  }
  const text = content.replace(/\r?\n$/, '');
  return text === '' ? undefined : text;
};

/**
 * Reads the settings from environment variables of the same names; secrets also from files that `<NAME>_FILE` names. With
 * `NODE_ENV=production`, whatever would send data unencrypted is a mistake, unless `ALLOW_CLEARTEXT=true` says that
 * something else encrypts it.
 * @throws ConfigError one that names every mistake at once, never a value
 */
export const parseConfig = <S extends Settings>(env: Environment, settings: S): ConfigOf<S> => {
  const mistakes: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { read, fromFile = false }] of Object.entries(settings)) {
    try {
      values[name] = read(textOf(env, name, fromFile));
    } catch (error) {
      mistakes.push(`${name} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  mistakes.push(...incompleteMistakes(values));
  if (env['NODE_ENV'] === 'production' && env['ALLOW_CLEARTEXT'] !== 'true')
    mistakes.push(...clearTextMistakes(values));
  if (mistakes.length > 0) throw new ConfigError(`The settings are not right: ${mistakes.join('; ')}.`);
  return values as ConfigOf<S>;
};

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** Settings that services have in common; see docs/settings.md. */
export const commonSettings = {
  http: (defaultPort: number) => ({
    PORT: port(defaultPort),
    HOST: text('127.0.0.1'),
    PUBLIC_URL: optional(url()),
    OPERATIONS_PORT: optional(integer(0, 65_535)),
    SERVE_DOCS: flag(false),
    ALLOW_CLEARTEXT: flag(false),
  }),
  kafka: {
    KAFKA_BROKERS: list(),
    KAFKA_SSL: flag(false),
    KAFKA_SASL_MECHANISM: optional(oneOf(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const)),
    KAFKA_SASL_USERNAME: optional(text()),
    KAFKA_SASL_PASSWORD: optional(secret()),
    KAFKA_SASL_SCOPE: optional(text()),
    KAFKA_SSL_CA: optional(pem()),
    KAFKA_SSL_CERT: optional(pem()),
    KAFKA_SSL_KEY: optional(pem()),
    KAFKA_TOPIC_PREFIX: text(''),
  },
  /** Of the server and of its clients alike: an own certificate with its key, and whose certificates are accepted. */
  grpcTls: { GRPC_TLS_CERT: optional(pem()), GRPC_TLS_KEY: optional(pem()), GRPC_TLS_CA: optional(pem()) },
  database: { DATABASE_URL: secret(), MIGRATE_ON_START: flag(false) },
  identity: { OIDC_ISSUER_URL: url(), OIDC_AUDIENCE: text() },
  ownCredentials: { OIDC_CLIENT_ID: text(), OIDC_CLIENT_SECRET: secret() },
  encryption: { ENCRYPTION_KEYS: keys() },
  telemetry: { LOG_LEVEL: oneOf(levels, 'info'), OTEL_EXPORTER_OTLP_ENDPOINT: optional(url()) },
} as const;
