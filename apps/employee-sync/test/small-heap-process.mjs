// Works on the runs of a database in a process of its own, whose heap is as small as that of a service.
import { Database, createLogger, Keyring, Secret } from '@huma-poweroffice/platform';
import { PowerOfficeClient } from '@huma-poweroffice/poweroffice/client';
import { migrations } from '../dist/database/migrations.js';
import { createRuns } from '../dist/runs/create-runs.js';
import { createSending } from '../dist/sending/create-sending.js';

const { DATABASE_URL, ENCRYPTION_KEYS, API_URL, CLIENT_ID } = process.env;
const logger = createLogger('small-heap', 'warn');
const database = await Database.connect({ url: new Secret(DATABASE_URL), migrations, migrateOnStart: false, logger });
const keyring = new Keyring(new Secret(ENCRYPTION_KEYS));
const connector = {
  acquirePermit: async () => ({
    id: 'permit',
    notBefore: 0,
    validUntil: performance.now() + 60_000,
    arrivalMs: 50,
  }),
  reportPermit: () => undefined,
  accessToken: async () => ({
    outcome: 'granted',
    token: {
      accessToken: 'token',
      clientId: CLIENT_ID,
      subscriptionKey: 'key',
      usableUntil: performance.now() + 3_600_000,
    },
  }),
  reportRateLimited: () => undefined,
  reportRefusal: () => undefined,
  reportWaitingForPrivilege: () => undefined,
  reportRunFinished: async () => undefined,
};
const timing = { sendWindowMs: 500, clientTimeoutMs: 700, processingMs: 300, readLagMs: 200, leaseMs: 1500 };
const client = new PowerOfficeClient({ baseUrl: API_URL });
const sending = createSending({ database, keyring, connector, client, timing, logger });
const runs = createRuns({
  ...{ database, keyring, connector, client, sending, logger },
  caughtUp: async () => undefined,
});
runs.start();
