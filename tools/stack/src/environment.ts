/** What each program gets from its environment when it runs on this machine. See docs/architecture.md for others. */
export interface Addresses {
  readonly brokers: string;
  readonly database: (name: string) => string;
  readonly ports: Readonly<Record<App, number>>;
  readonly secrets: Secrets;
}

export interface Secrets {
  readonly serviceClientSecret: string;
  readonly subscriptionKey: string;
  readonly applicationKey: string;
}

/** The programs in the order in which they start. */
export const apps = ['poweroffice-simulator', 'huma-simulator'] as const;
export type App = (typeof apps)[number];

export const defaultPorts: Readonly<Record<App, number>> = { 'poweroffice-simulator': 4001, 'huma-simulator': 4002 };

export const databaseOf = (app: App): string => app.replaceAll('-', '_');

export const urlOf = (addresses: Pick<Addresses, 'ports'>, app: App): string =>
  `http://127.0.0.1:${String(addresses.ports[app])}`;

export const environmentOf = (app: App, addresses: Addresses): Record<string, string> => {
  const common = { PORT: String(addresses.ports[app]), DATABASE_URL: addresses.database(databaseOf(app)) };
  const { applicationKey, subscriptionKey, serviceClientSecret } = addresses.secrets;
  switch (app) {
    case 'poweroffice-simulator':
      return { ...common, POWEROFFICE_APPLICATION_KEY: applicationKey, POWEROFFICE_SUBSCRIPTION_KEY: subscriptionKey };
    case 'huma-simulator':
      return {
        ...common,
        KAFKA_BROKERS: addresses.brokers,
        ISSUER_URL: `${urlOf(addresses, app)}/oidc`,
        OIDC_AUDIENCE: 'poweroffice-integration',
        SERVICE_CLIENT_SECRET: serviceClientSecret,
      };
  }
};
