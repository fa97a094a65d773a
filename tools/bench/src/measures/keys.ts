import { randomUUID } from 'node:crypto';
import { Administrator } from '@huma-poweroffice/seed';
import { companyOf, edited } from '../company.js';
import type { Measure } from '../measure.js';
import { pause, until } from '../world.js';

const LOOPS = 30;
const PATIENCE_MS = 60_000;

/** One organisation tries keys as fast as it can; somebody of another one is edited. */
export const keys: Measure = async (world, design) => {
  const [small, other] = [companyOf(5), companyOf(5)];
  for (const company of [small, other]) await world.found(company);
  await design.begin(world, [small]);
  const { stack } = world;
  const services = {
    huma: stack.url('huma-simulator'),
    connectorConfig: stack.url('connector-config'),
    employeeSync: stack.url('employee-sync'),
  };
  const signedIn = await Administrator.signIn(services, other.administrator);
  let isOver = false;
  const loop = async (): Promise<void> => {
    // The key that is good, and others that are not, by turns.
    for (let n = 0; !isOver; n += 1) {
      const clientKey = n % 2 === 0 ? other.clientKey : randomUUID();
      await signedIn.ask('connectorConfig', 'POST', '/v1/connections/try-key', { body: { clientKey } });
    }
  };
  const loops = Array.from({ length: LOOPS }, loop);
  await pause(3000);
  let slowest = 0;
  for (const [n, person] of small.people.entries()) {
    const since = await world.lastRequest();
    const before = performance.timeOrigin + performance.now();
    await world.produce([edited(small, person, 10, `Edited ${String(n)}`)]);
    const sent = await until(
      async () =>
        (await world.writes(since)).find(({ clientId, status }) => clientId === small.clientId && status !== 429) ??
        null,
      PATIENCE_MS,
    ).catch(() => null);
    slowest = Math.max(slowest, sent ? (sent.at - before) / 1000 : Infinity);
    await pause(500);
  }
  isOver = true;
  await Promise.all(loops);
  return [
    {
      measure: 'slowest of five edits while another organisation tries keys in 30 loops',
      value: slowest,
      unit: 's',
      bar: { kind: 'less than', value: 2 },
    },
  ];
};
