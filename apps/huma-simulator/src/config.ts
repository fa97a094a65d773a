/** Settings of the simulator of Huma; all but the database and the brokers have defaults that suit one machine. */
export interface Config {
  port: number;
  /** Address of this machine that it listens on. */
  host: string;
  databaseUrl: string;
  brokers: string[];
  topicPrefix: string;
  issuerUrl: string;
  audience: string;
  /** Secrets of the services' own client credentials, by client id. */
  serviceSecrets: Record<string, string>;
  /** Where the pages and the documents of the services may send a browser back to. */
  redirectUris: string[];
}

const required = (env: NodeJS.ProcessEnv, name: string, what: string): string => {
  const value = env[name];
  if (!value) throw new Error(`${name} is missing: ${what}`);
  return value;
};

const services = ['connector-config', 'employee-sync', 'position-sync', 'error-log', 'gateway', 'huma-internal'];

export const readConfig = (env: NodeJS.ProcessEnv): Config => {
  const port = Number(env['PORT'] ?? 4002);
  const secret = env['SERVICE_CLIENT_SECRET'] ?? 'secret-of-services-on-this-machine';
  return {
    port,
    host: env['HOST'] ?? '127.0.0.1',
    databaseUrl: required(env, 'DATABASE_URL', 'the PostgreSQL database where the simulator keeps its state'),
    brokers: required(env, 'KAFKA_BROKERS', 'the Kafka that the domain services publish to').split(','),
    topicPrefix: env['KAFKA_TOPIC_PREFIX'] ?? '',
    issuerUrl: env['ISSUER_URL'] ?? `http://127.0.0.1:${String(port)}/oidc`,
    audience: env['OIDC_AUDIENCE'] ?? 'poweroffice-integration',
    serviceSecrets: Object.fromEntries(services.map((name) => [name, secret])),
    redirectUris: (env['REDIRECT_URIS'] ?? '').split(',').filter((uri) => uri !== ''),
  };
};
