import { randomUUID } from 'node:crypto';
import { startSimulator, type Simulator } from './simulators.js';

/** A request as the simulator logged it; times in milliseconds since 1970. */
export interface LoggedRequest {
  readonly seq: number;
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly clientId: string | null;
  readonly body: unknown;
  readonly status: number | null;
  readonly misbehaviour: string | null;
}

export interface TestPowerOffice extends Simulator {
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly applicationKey: string;
  readonly subscriptionKey: string;
  requests(): Promise<LoggedRequest[]>;
}

/** PowerOffice Go as the simulator plays it, with keys of its own. */
export const startTestPowerOffice = async (settings: { requestsPerSecond?: number } = {}): Promise<TestPowerOffice> => {
  const [applicationKey, subscriptionKey] = [randomUUID(), randomUUID()];
  const simulator = await startSimulator('poweroffice-simulator', {
    POWEROFFICE_APPLICATION_KEY: applicationKey,
    POWEROFFICE_SUBSCRIPTION_KEY: subscriptionKey,
    POWEROFFICE_REQUESTS_PER_SECOND: String(settings.requestsPerSecond ?? 10),
  });
  const { url, control } = simulator;
  return {
    ...simulator,
    apiUrl: `${url}/v2`,
    tokenUrl: `${url}/OAuth/Token`,
    applicationKey,
    subscriptionKey,
    requests: () => control<LoggedRequest[]>('GET', '/requests'),
  };
};
