import { topics, type UserChanged } from '@huma-poweroffice/contracts';
import type { RunningProcess } from '@huma-poweroffice/stack';
import { companyOf, edited, type Company } from '../company.js';
import { rate } from '../figures.js';
import type { Measure } from '../measure.js';
import { until, type World } from '../world.js';

const RECORDS = 10_000;
const BATCH = 1000;
/** Each way in which a record cannot be taken in as it is; one in a hundred is like that. */
const odd: readonly ((change: UserChanged) => unknown)[] = [
  (change) => ({ ...change, version: 'seven' }),
  (change) => ({ ...change, userId: 'nobody' }),
  (change) => ({ ...change, user: { ...change.user, email: 5 } }),
  (change) => ({ ...change, organizationId: null }),
  (change) => ({ ...change, user: { ...change.user, givenName: `NUL ${String.fromCharCode(0)} and \ud800` } }),
];

/** Ten thousand records of people whom nobody knew, as they should be, and with one in a hundred that is not. */
export const oddRecords: Measure = async (world, design) => {
  const connected = companyOf(1);
  await world.found(connected);
  await design.begin(world, [connected]);
  const service = design.processes(world).get('employee-sync');
  if (!service) throw new Error('there is nothing that takes in');
  // The first one warms up.
  const rates: number[] = [];
  for (const share of [0, 0, 100]) rates.push(await takenIn(world, service, connected, share));
  const [, clean = NaN, mixed = NaN] = rates;
  return [
    {
      measure: 'take-in of 10,000 records, 1 % of them odd, against none',
      value: mixed / clean,
      unit: 'times',
      bar: { kind: 'at least', value: 0.7 },
    },
  ];
};

/** @param every one record of so many is odd; 0: none is */
const takenIn = async (world: World, service: RunningProcess, connected: Company, every: number): Promise<number> => {
  await service.kill();
  const newcomers = { ...companyOf(RECORDS), organizationId: connected.organizationId };
  const changes = newcomers.people.map((person) => edited(newcomers, person, 1, 'Kari'));
  const records = changes.map((change, n) => {
    const make = every > 0 && n % every === 0 ? odd[(n / every) % odd.length] : undefined;
    return { key: change.userId, value: make ? make(change) : change };
  });
  for (let n = 0; n < RECORDS; n += BATCH) await world.publish(records.slice(n, n + BATCH));
  const before = await world.recordsRead(topics.users.name);
  const look = async () => ({ n: (await world.recordsRead(topics.users.name)) - before, at: performance.now() });
  const ready = service.restart();
  const began = await until(async () => ((await look()).n > 0 ? look() : null), 60_000, 10);
  const ended = await until(async () => ((await look()).n >= RECORDS ? look() : null), 120_000, 10);
  await ready;
  return rate(ended.n - began.n, began.at, ended.at);
};
