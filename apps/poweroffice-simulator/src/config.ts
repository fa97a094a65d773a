/** Settings of the simulator; all but the database have defaults that suit one machine. */
export interface Config {
  port: number;
  /** Address of this machine that it listens on. */
  host: string;
  databaseUrl: string;
  applicationKey: string;
  subscriptionKey: string;
  requestsPerSecond: number;
}

export const readConfig = (env: NodeJS.ProcessEnv): Config => {
  const databaseUrl = env['DATABASE_URL'];
  if (!databaseUrl)
    throw new Error('DATABASE_URL is missing: the PostgreSQL database where the simulator keeps its state');
  return {
    port: Number(env['PORT'] ?? 4001),
    host: env['HOST'] ?? '127.0.0.1',
    databaseUrl,
    applicationKey: env['POWEROFFICE_APPLICATION_KEY'] ?? '11111111-1111-4111-8111-111111111111',
    subscriptionKey: env['POWEROFFICE_SUBSCRIPTION_KEY'] ?? 'subscription-key-of-the-simulator',
    requestsPerSecond: Number(env['POWEROFFICE_REQUESTS_PER_SECOND'] ?? 10),
  };
};
