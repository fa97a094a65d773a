import { topics } from '@huma-poweroffice/contracts';
import { companyOf, edited, type Company } from '../company.js';
import type { Design } from '../designs.js';
import { percentile, rate } from '../figures.js';
import type { Figure, Measure, MeasureOptions } from '../measure.js';
import { pause, until, type World } from '../world.js';
import { fill, watchStatements } from './customers-at-rest.js';
import { latencies } from './latency.js';

/** Connections that exist from the start, with so many people each; one of them is edited for the latency. */
const FEW = 10;
const PEOPLE_OF_FEW = 250;
/** Connections with work beside 9,500 without. */
const BUSY = 500;
const PEOPLE_OF_BUSY = 5;
const SAMPLES = 60;
const RATE_MS = 15_000;
/** A budget that is higher than PowerOffice's: with ten a second, waiting for it would hide what finding a lane costs. */
const REQUESTS_PER_SECOND = '50';

export const customersOptions: MeasureOptions = {
  oursOnly: true,
  settings: {
    'poweroffice-simulator': { POWEROFFICE_REQUESTS_PER_SECOND: REQUESTS_PER_SECOND },
    'connector-config': { POWEROFFICE_REQUESTS_PER_SECOND: REQUESTS_PER_SECOND },
    'employee-sync': { POWEROFFICE_REQUESTS_PER_SECOND: REQUESTS_PER_SECOND },
  },
};

/** The same with ten customers and with ten thousand. */
export const customers: Measure = async (world, design) => {
  await watchStatements(world);
  const probe = companyOf(20);
  const few = Array.from({ length: FEW - 1 }, () => companyOf(PEOPLE_OF_FEW));
  await connectAll(world, design, [probe, ...few]);
  const withFew = await measured(world, probe, few, 1000);

  const many = Array.from({ length: BUSY - few.length }, () => companyOf(PEOPLE_OF_BUSY));
  await connectAll(world, design, many);
  await fill(world);
  const busy = [...few.map((company) => ({ ...company, people: company.people.slice(0, PEOPLE_OF_BUSY) })), ...many];
  const withMany = await measured(world, probe, busy, 2000);
  return [
    ratio('budget free', withMany.free, withFew.free),
    ratio('500 connections with work', withMany.busy, withFew.busy),
    {
      measure: "scheduler's statement, 10,000 connections, mean",
      value: withMany.statementMs,
      unit: 'ms',
      bar: { kind: 'at most', value: 2 },
    },
    {
      measure: 'throughput with 10,000 connections, against 10',
      value: withMany.perSecond / withFew.perSecond,
      unit: 'times',
      bar: { kind: 'at least', value: 0.95 },
    },
  ];
};

const ratio = (what: string, many: number, few: number): Figure => ({
  measure: `event → request p50, 10,000 against 10 connections, ${what}`,
  value: many / few,
  unit: 'times',
  bar: { kind: 'at most', value: 1.5 },
});

interface Measured {
  /** Event in Kafka → request, p50 in milliseconds, with nothing else to do and with work of a lower class. */
  readonly free: number;
  readonly busy: number;
  readonly perSecond: number;
  /** How long the scheduler's statement took on average while work waited, in milliseconds. */
  readonly statementMs: number;
}

const measured = async (world: World, probe: Company, busy: readonly Company[], version: number): Promise<Measured> => {
  await world.quiet(5000);
  const free = await latencies(world, probe, { samples: SAMPLES, version, quietMs: 2000 });
  const before = await world.recordsRead(topics.users.name);
  const edits = busy.flatMap((company) => company.people.map((person) => edited(company, person, version, 'Changed')));
  const since = await world.lastRequest();
  await world.produce(edits);
  await until(
    async () => ((await world.recordsRead(topics.users.name)) - before >= edits.length ? true : null),
    120_000,
  );
  // As if a run had to do with them: a live edit goes before.
  await world.query('employee-sync', 'UPDATE lane SET class = 3 WHERE due AND wake_at IS NOT NULL AND class < 3');
  await pause(1000);
  await world.query('employee-sync', 'SELECT pg_stat_statements_reset()');
  const from = performance.timeOrigin + performance.now();
  await pause(RATE_MS);
  const to = performance.timeOrigin + performance.now();
  const lookMs = await statementMs(world);
  const done = (await world.writes(since)).filter(({ at, status }) => at >= from && at < to && status !== 429);
  const loaded = await latencies(world, probe, { samples: SAMPLES, version: version + 100, quietMs: 5000 });
  await until(async () => {
    const last = await world.lastRequest();
    await pause(3000);
    return (await world.lastRequest()) === last ? true : null;
  }, 300_000);
  return {
    free: percentile(free, 0.5),
    busy: percentile(loaded, 0.5),
    perSecond: rate(done.length, from, to),
    statementMs: lookMs,
  };
};

/** Several at a time: each waits for its run. */
const connectAll = async (world: World, design: Design, companies: readonly Company[]): Promise<void> => {
  const waiting = [...companies];
  const work = async (): Promise<void> => {
    for (let company = waiting.pop(); company; company = waiting.pop()) {
      await world.found(company);
      await design.begin(world, [company]);
    }
  };
  await Promise.all(Array.from({ length: 6 }, work));
};

const statementMs = async (world: World): Promise<number> => {
  const [row] = await world.query<{ ms: number | null }>(
    'employee-sync',
    `SELECT (sum(total_exec_time) / sum(calls))::float8 AS ms FROM pg_stat_statements
      WHERE query LIKE '%looks_share%connection_wake%lane%' AND query NOT LIKE '%pg_stat_statements%'`,
  );
  return row?.ms ?? NaN;
};
