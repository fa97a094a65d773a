/** The programs in the order in which they start; none of them waits for a later one. */
export const apps = ['poweroffice-simulator', 'huma-simulator', 'connector-config', 'employee-sync'] as const;
export type App = (typeof apps)[number];

/** Port of each program's HTTP, and of connector-config's gRPC, where ports are not chosen freely. */
export const defaultPorts: Readonly<Record<App | 'grpc', number>> = {
  'poweroffice-simulator': 4001,
  'huma-simulator': 4002,
  'connector-config': 3001,
  'employee-sync': 3002,
  grpc: 50051,
};

export interface Secrets {
  readonly serviceClientSecret: string;
  readonly subscriptionKey: string;
  readonly applicationKey: string;
  /** `id:base64(32 bytes)`, a key of its own for each service that stores secrets or personal values. */
  readonly encryptionKeys: Readonly<Record<'connector-config' | 'employee-sync', string>>;
}

/** What a program is told about the others. */
export interface Addresses {
  readonly brokers: string;
  readonly database: (app: App) => string;
  readonly ports: Readonly<Record<App | 'grpc', number>>;
  readonly secrets: Secrets;
}

const audience = 'poweroffice-integration';

export const databaseOf = (app: App): string => app.replaceAll('-', '_');

export const urlOf = (addresses: Pick<Addresses, 'ports'>, app: App): string =>
  `http://127.0.0.1:${String(addresses.ports[app])}`;

/** What both services are told: where the outside world is, who signs people in, and how to store secrets. */
const serviceEnvironment = (app: 'connector-config' | 'employee-sync', addresses: Addresses) => {
  const powerOffice = urlOf(addresses, 'poweroffice-simulator');
  const huma = urlOf(addresses, 'huma-simulator');
  return {
    MIGRATE_ON_START: 'true',
    SERVE_DOCS: 'true',
    KAFKA_BROKERS: addresses.brokers,
    POWEROFFICE_API_URL: `${powerOffice}/v2`,
    POWEROFFICE_TOKEN_URL: `${powerOffice}/OAuth/Token`,
    HUMA_API_URL: huma,
    HUMA_TOKEN_URL: `${huma}/auth/oauth/token`,
    OIDC_ISSUER_URL: `${huma}/oidc`,
    OIDC_AUDIENCE: audience,
    ENCRYPTION_KEYS: addresses.secrets.encryptionKeys[app],
  };
};

/** All that each program gets from its environment on this machine; the variables are those anybody may set. */
export const environmentOf = (app: App, addresses: Addresses): Record<string, string> => {
  const common = { PORT: String(addresses.ports[app]), DATABASE_URL: addresses.database(app) };
  const { applicationKey, subscriptionKey, serviceClientSecret } = addresses.secrets;
  const ownKeys = { POWEROFFICE_APPLICATION_KEY: applicationKey, POWEROFFICE_SUBSCRIPTION_KEY: subscriptionKey };
  switch (app) {
    case 'poweroffice-simulator':
      return { ...common, ...ownKeys };
    case 'huma-simulator':
      return {
        ...common,
        KAFKA_BROKERS: addresses.brokers,
        ISSUER_URL: `${urlOf(addresses, app)}/oidc`,
        OIDC_AUDIENCE: audience,
        SERVICE_CLIENT_SECRET: serviceClientSecret,
      };
    case 'connector-config':
      return {
        ...common,
        ...serviceEnvironment(app, addresses),
        ...ownKeys,
        GRPC_PORT: String(addresses.ports.grpc),
      };
    case 'employee-sync':
      return {
        ...common,
        ...serviceEnvironment(app, addresses),
        CONNECTOR_CONFIG_GRPC_URL: `127.0.0.1:${String(addresses.ports.grpc)}`,
        OIDC_CLIENT_ID: 'employee-sync',
        OIDC_CLIENT_SECRET: serviceClientSecret,
        PUBLIC_URL: urlOf(addresses, app),
      };
  }
};
