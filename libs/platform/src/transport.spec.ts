import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commonSettings, ConfigError, flag, parseConfig, port, text, url } from './config.js';

const settings = {
  ...commonSettings.http(3001),
  ...commonSettings.kafka,
  ...commonSettings.grpcTls,
  DATABASE_URL: commonSettings.database.DATABASE_URL,
  GRPC_PORT: port(1),
  GRPC_TLS_CLIENT_AUTH: flag(false),
  CONNECTOR_CONFIG_GRPC_URL: text('connector:50051'),
  HUMA_API_URL: url(),
};
const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const safe = {
  NODE_ENV: 'production',
  HOST: '0.0.0.0',
  KAFKA_BROKERS: 'kafka:9093',
  KAFKA_SSL: 'true',
  DATABASE_URL: 'postgres://u:p@database/db?sslmode=verify-full',
  GRPC_TLS_CERT: pem,
  GRPC_TLS_KEY: pem,
  GRPC_TLS_CA: pem,
  HUMA_API_URL: 'https://huma.example',
};
const mistake = (env: Record<string, string | undefined>): string => {
  try {
    parseConfig({ ...safe, ...env }, settings);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};

it('what is encrypted may run in production', () => {
  expect(mistake({})).toBe('');
});

it.each<[string, Record<string, string | undefined>]>([
  ['HUMA_API_URL', { HUMA_API_URL: 'http://huma.example' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'http://sync.example' }],
  ['KAFKA_SSL', { KAFKA_SSL: 'false' }],
  ['KAFKA_SSL', { KAFKA_SSL: 'false', KAFKA_BROKERS: '127.0.0.1:9092,kafka:9092' }],
  ['DATABASE_URL', { DATABASE_URL: 'postgres://u:p@database/db' }],
  ['DATABASE_URL', { DATABASE_URL: 'postgres://u:p@database/db?sslmode=require' }],
  ['GRPC_TLS_CERT', { GRPC_TLS_CERT: '', GRPC_TLS_KEY: '' }],
])('%s in clear text is refused in production, and nowhere else', (name, env) => {
  expect(mistake(env)).toContain(`${name} `);
  expect(mistake(env)).not.toContain('p@database');
  expect(mistake({ ...env, ALLOW_CLEARTEXT: 'true' })).toBe('');
  expect(mistake({ ...env, NODE_ENV: undefined })).toBe('');
});

it('what does not leave the machine may be clear text', () => {
  const local = {
    HOST: '127.0.0.1',
    KAFKA_BROKERS: '127.0.0.1:9092',
    KAFKA_SSL: 'false',
    DATABASE_URL: 'postgres://u:p@localhost/db',
    GRPC_TLS_CERT: '',
    GRPC_TLS_KEY: '',
    GRPC_TLS_CA: '',
    CONNECTOR_CONFIG_GRPC_URL: 'localhost:50051',
    HUMA_API_URL: 'http://[::1]:4002',
  };
  expect(mistake(local)).toBe('');
});

it.each(['file:///etc/passwd', 'ftp://huma.example', 'javascript:alert(1)'])('%s is refused everywhere', (address) => {
  for (const NODE_ENV of ['production', undefined])
    expect(mistake({ HUMA_API_URL: address, ALLOW_CLEARTEXT: 'true', NODE_ENV })).toContain('HUMA_API_URL must begin');
});

it.each<[string, Record<string, string>]>([
  ['KAFKA_SASL_USERNAME is missing', { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'x' }],
  ['KAFKA_SASL_PASSWORD is missing', { KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_SASL_USERNAME: 'x' }],
  ['KAFKA_SSL_KEY is missing', { KAFKA_SSL_CERT: pem }],
  ['GRPC_TLS_CERT is missing', { GRPC_TLS_CERT: '' }],
  ['GRPC_TLS_CA is missing', { GRPC_TLS_CLIENT_AUTH: 'true', GRPC_TLS_CA: '' }],
  ['KAFKA_SSL_CA must be PEM', { KAFKA_SSL_CA: 'a secret that is none' }],
])('%s', (sentence, env) => {
  expect(mistake(env)).toContain(sentence);
  expect(mistake(env)).not.toContain('a secret that is none');
});

it('a secret may be in a file, or in the variable, and not in both', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secret-'));
  const file = join(folder, 'url');
  writeFileSync(file, `${safe.DATABASE_URL}\n`);
  const env = { ...safe, DATABASE_URL: '', DATABASE_URL_FILE: file };
  expect(parseConfig(env, settings).DATABASE_URL.reveal()).toBe(safe.DATABASE_URL);
  expect(mistake({ DATABASE_URL_FILE: file })).toContain(
    'DATABASE_URL must not be set together with DATABASE_URL_FILE',
  );
  rmSync(folder, { recursive: true });
  expect(mistake({ DATABASE_URL: '', DATABASE_URL_FILE: file })).toContain('cannot be read from the file');
  // What is no secret is no file either: nobody reads it.
  expect(mistake({ HUMA_API_URL: '', HUMA_API_URL_FILE: file })).toContain('HUMA_API_URL is missing');
});
