import { randomBytes } from 'node:crypto';
import { readConfig } from './config.js';

const env = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  DATABASE_URL: 'postgres://localhost/connector_config',
  OIDC_ISSUER_URL: 'https://identity.example',
  OIDC_AUDIENCE: 'poweroffice-integration',
  ENCRYPTION_KEYS: `1:${randomBytes(32).toString('base64')}`,
  POWEROFFICE_API_URL: 'https://goapi.poweroffice.net/v2',
  POWEROFFICE_TOKEN_URL: 'https://goapi.poweroffice.net/OAuth/Token',
  POWEROFFICE_APPLICATION_KEY: 'application-key',
  POWEROFFICE_SUBSCRIPTION_KEY: 'subscription-key',
  HUMA_API_URL: 'https://openapi.humahr.com',
  HUMA_TOKEN_URL: 'https://openapi.humahr.com/auth/oauth/token',
};

it('needs nothing but what the outside contract names, and has its defaults', () => {
  expect(readConfig(env)).toMatchObject({
    PORT: 3001,
    GRPC_PORT: 50051,
    POWEROFFICE_REQUESTS_PER_SECOND: 10,
    POWEROFFICE_ARRIVAL_MS: 50,
  });
});

it('names every mistake at once, and no secret', () => {
  const wrong = {
    ...env,
    PORT: 'x',
    POWEROFFICE_API_URL: 'goapi',
    HUMA_TOKEN_URL: '',
    ENCRYPTION_KEYS: 'change-me',
    POWEROFFICE_REQUESTS_PER_SECOND: '0',
  };
  const mistakes =
    /PORT .*ENCRYPTION_KEYS must be .*POWEROFFICE_API_URL .*POWEROFFICE_REQUESTS_PER_SECOND .*HUMA_TOKEN_URL is missing/;
  expect(() => readConfig(wrong)).toThrow(mistakes);
  expect(() => readConfig(wrong)).not.toThrow('change-me');
  expect(JSON.stringify(readConfig(env))).not.toContain('application-key');
});
