import { randomUUID } from 'node:crypto';
import { HumaClient } from '@huma-poweroffice/huma/client';
import { Keyring, type Database, type Logger } from '@huma-poweroffice/platform';
import { PowerOfficeClient, PowerOfficeTokenClient } from '@huma-poweroffice/poweroffice/client';
import { PaidRequests } from './budget/paid-requests.js';
import { defaultBudget, RequestBudget } from './budget/request-budget.js';
import { SlotRepository } from './budget/slot-repository.js';
import type { KeyTryLimits } from './clients/judge-key-try.js';
import { KeyCheck } from './clients/key-check.js';
import { KeyTryRepository } from './clients/key-try-repository.js';
import { OwnKeysAlarm } from './clients/own-keys-alarm.js';
import { PowerOfficeClients } from './clients/poweroffice-clients.js';
import type { Config } from './config.js';
import { ConnectionActionsService } from './connections/connection-actions.service.js';
import { ConnectionChanges } from './connections/connection-changes.js';
import { ConnectionRepository } from './connections/connection-repository.js';
import { ConnectionView } from './connections/connection-view.js';
import { ConnectionsService } from './connections/connections.service.js';
import { Customers } from './connections/customers.js';
import { CreationRepository } from './connections/creation-repository.js';
import { FinishedRuns } from './connections/finished-runs.js';
import { HistoryRepository } from './connections/history-repository.js';
import type { ConnectorParts } from './grpc/connector-handlers.js';
import { Groups } from './huma/groups.js';
import { HumaCredentialsService } from './huma/huma-credentials.service.js';
import { HumaTokens, renewByCredentials } from './huma/huma-tokens.js';
import { budgetObserver, serviceMetrics } from './operations/service-metrics.js';
import { ProbeRepository } from './refusals/probe-repository.js';
import { Probes, type ProbeSettings } from './refusals/probes.js';
import { Refusals } from './refusals/refusals.js';
import { SealRotation } from './sealing/rotation.js';
import { places, SecretRepository } from './sealing/secret-repository.js';
import { PowerOfficeTokens, renewByKey } from './tokens/poweroffice-tokens.js';
import { TokenKeeper, type KeeperSettings, type NotGranted, type Renew } from './tokens/token-keeper.js';
import { TokenRepository } from './tokens/token-repository.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
/** For a permit, that is; then the request's own time comes. */
const PERMIT_WAIT_MS = 15 * SECOND;
const keeperSettings: KeeperSettings = {
  renewBeforeMs: 120 * SECOND,
  useBeforeMs: 30 * SECOND,
  renewalMs: 30 * SECOND,
  failureMs: 5 * SECOND,
};
const groupSettings = { keepMs: 300 * SECOND, retryMs: 15 * SECOND, timeoutMs: 3 * SECOND };

/** A connection that is opened repeatedly is probed at most once in this time. */
const OPENED_NOT_WITHIN_MS = 60 * SECOND;
/** A probe requests a token and then the client's privileges. */
const REQUESTS_OF_A_PROBE = 2;

const keyTryLimits = (config: Config): KeyTryLimits => ({
  perMinute: config.POWEROFFICE_KEY_TRIES_PER_MINUTE,
  atOnce: config.POWEROFFICE_KEY_TRIES_AT_ONCE,
  atOnceOfOrganization: Math.max(2, config.POWEROFFICE_KEY_TRIES_AT_ONCE),
  refusedPerHour: config.POWEROFFICE_REFUSED_KEYS_PER_HOUR,
  refusedBeforePause: config.POWEROFFICE_REFUSED_KEYS_BEFORE_PAUSE,
  pauseWithinMs: 600 * SECOND,
  pauseMs: 900 * SECOND,
});

const probeIntervals = (config: Config): ProbeSettings => ({
  heldMs: config.POWEROFFICE_PROBE_SECONDS * SECOND,
  longestHeldMs: 6 * HOUR,
  awaitedMs: config.POWEROFFICE_PRIVILEGE_SECONDS * SECOND,
  longestAwaitedMs: 24 * HOUR,
  paceMs:
    (REQUESTS_OF_A_PROBE * SECOND * 100) / (config.POWEROFFICE_REQUESTS_PER_SECOND * config.POWEROFFICE_PROBE_PERCENT),
});

const counted =
  <F extends NotGranted>(of: 'poweroffice' | 'huma', renew: Renew<F>): Renew<F> =>
  async (ownerId) => {
    const answer = await renew(ownerId);
    serviceMetrics.renewals.inc({ of, outcome: answer.outcome });
    return answer;
  };

const composeBudget = (config: Config, database: Database, logger: Logger): RequestBudget => {
  const settings = {
    ...defaultBudget,
    requestsPerSecond: config.POWEROFFICE_REQUESTS_PER_SECOND,
    arrivalMs: config.POWEROFFICE_ARRIVAL_MS,
  };
  serviceMetrics.slots.set(settings.requestsPerSecond);
  return new RequestBudget(new SlotRepository(database, randomUUID()), settings, logger, budgetObserver);
};

const composeClients = (config: Config, budget: RequestBudget, alarm: OwnKeysAlarm): PowerOfficeClients =>
  new PowerOfficeClients(
    new PowerOfficeTokenClient({ tokenUrl: config.POWEROFFICE_TOKEN_URL }),
    new PowerOfficeClient({ baseUrl: config.POWEROFFICE_API_URL }),
    new PaidRequests(budget, { permitWaitMs: PERMIT_WAIT_MS }),
    { applicationKey: config.POWEROFFICE_APPLICATION_KEY, subscriptionKey: config.POWEROFFICE_SUBSCRIPTION_KEY },
    alarm,
  );

const composeHuma = (config: Config, database: Database, keyring: Keyring, logger: Logger) => {
  const tokens = new TokenRepository(database, keyring, places.humaTokens);
  const client = new HumaClient({ baseUrl: config.HUMA_API_URL, tokenUrl: config.HUMA_TOKEN_URL });
  const credentials = new SecretRepository(database, keyring, places.humaCredentials);
  const renew = counted('huma', renewByCredentials(credentials, client, logger));
  const keeper = new TokenKeeper(tokens, renew, keeperSettings, logger);
  const humaTokens = new HumaTokens(database, credentials, tokens, keeper);
  return { humaTokens, groups: new Groups(client, humaTokens, groupSettings) };
};

/** Puts the service together; nothing is started. */
export const compose = (config: Config, database: Database, logger: Logger) => {
  const keyring = new Keyring(config.ENCRYPTION_KEYS);
  const repositories = {
    connections: new ConnectionRepository(database),
    history: new HistoryRepository(database),
    clientKeys: new SecretRepository(database, keyring, places.clientKeys),
    tokens: new TokenRepository(database, keyring, places.powerOfficeTokens),
    probes: new ProbeRepository(database),
  };
  const { connections } = repositories;
  const alarm = new OwnKeysAlarm(database, logger);
  const budget = composeBudget(config, database, logger);
  const clients = composeClients(config, budget, alarm);
  const intervals = probeIntervals(config);
  const changes = new ConnectionChanges(database, repositories, intervals.heldMs);
  const refusals = new Refusals(
    repositories,
    changes,
    clients,
    alarm,
    { notWithinMs: config.POWEROFFICE_PROBE_PAUSE_SECONDS * SECOND, awaitedMs: intervals.awaitedMs },
    logger,
  );
  const probes = new Probes(repositories.probes, connections, refusals, intervals, logger);
  const hasten = async (connectionId: string, notWithinMs: number): Promise<void> => {
    if (await repositories.probes.hasten(connectionId, notWithinMs)) probes.wake();
  };
  const keeper = new TokenKeeper(
    repositories.tokens,
    counted('poweroffice', renewByKey(repositories, clients)),
    keeperSettings,
    logger,
  );
  const { humaTokens, groups } = composeHuma(config, database, keyring, logger);

  const keyCheck = new KeyCheck(clients, alarm, new KeyTryRepository(database), keyTryLimits(config));
  const view = new ConnectionView(connections, groups);
  const reading = { connections, creations: new CreationRepository(database), history: repositories.history, view };
  const service = new ConnectionsService(reading, changes, keyCheck, groups, (id) => hasten(id, OPENED_NOT_WITHIN_MS));
  const http = {
    connections: service,
    actions: new ConnectionActionsService(service, changes, keyCheck, view, async (id) => {
      keeper.forget(id);
      await hasten(id, 0);
    }),
    credentials: new HumaCredentialsService(humaTokens, groups, connections),
  };
  const grpc: ConnectorParts = {
    connections,
    budget,
    customers: new Customers(connections),
    tokens: new PowerOfficeTokens(repositories, keeper, refusals),
    humaTokens,
    refusals,
    runs: new FinishedRuns(connections, changes, (id) => hasten(id, 0)),
    probeDue: () => {
      probes.wake();
    },
    subscriptionKey: clients.subscriptionKey,
  };
  return {
    http,
    grpc,
    budget,
    alarm,
    connections,
    changes,
    clients,
    probes,
    rotation: new SealRotation(database, keyring, logger),
  };
};
