import { companyOf, edited, type Company } from '../company.js';
import { percentile } from '../figures.js';
import type { Figure, Measure, MeasureOptions } from '../measure.js';
import type { Row } from '../row.js';
import { pause, type World } from '../world.js';

const SAMPLES = 200;
const [P50, P99] = ['event in Kafka → request at PowerOffice, p50', 'event in Kafka → request at PowerOffice, p99'];

/**
 * Edits people of a company one at a time, and answers for each how long it took from before it was produced until its
 * request arrived, in milliseconds; what never arrived is later than everything else.
 * @param version of all edits, higher than any before
 */
export const latencies = async (
  world: World,
  company: Company,
  { samples, version, quietMs }: { readonly samples: number; readonly version: number; readonly quietMs: number },
): Promise<number[]> => {
  const since = await world.lastRequest();
  const produced = new Map<string, number>();
  for (let n = 0; n < samples; n += 1) {
    const person = company.people[n % company.people.length];
    if (!person) continue;
    const name = `Name ${String(version)} ${String(n)}`;
    const before = performance.timeOrigin + performance.now();
    await world.produce([edited(company, person, version + n, name)]);
    produced.set(name, before);
    await pause(250 + Math.random() * 100);
  }
  await pause(quietMs);
  const took = (await world.writes(since)).flatMap(({ at, body }) => {
    const name = [...produced.keys()].find((key) => JSON.stringify(body).includes(`"${key}"`));
    return name === undefined ? [] : [at - (produced.get(name) ?? NaN)];
  });
  return [...took, ...Array<number>(Math.max(samples - took.length, 0)).fill(Infinity)];
};

/** One edit at a time, so that the budget is free; from the broker's having it to the request's arrival. */
export const latency: Measure = async (world, design) => {
  const company = companyOf(50);
  await world.found(company);
  await design.begin(world, [company]);
  await world.quiet(3000);
  const all = await latencies(world, company, { samples: SAMPLES, version: 10, quietMs: 2000 });
  return [
    { measure: P50, value: percentile(all, 0.5), unit: 'ms', bar: { kind: 'at most', value: 30 } },
    { measure: P99, value: percentile(all, 0.99), unit: 'ms', bar: { kind: 'at most', value: 150 } },
  ];
};

/** How much later than the naive design, in the same run on the same machine. */
export const compareLatency: NonNullable<MeasureOptions['compare']> = (ours, naive) => {
  const times = (measure: string): number => {
    const of = (rows: readonly Row[]): number => rows.find((row) => row.measure === measure)?.value ?? NaN;
    return of(ours) / of(naive);
  };
  const row = (measure: string, most: number): Figure => ({
    measure: `${measure}, against naive`,
    value: times(measure),
    unit: 'times',
    bar: { kind: 'at most', value: most },
  });
  return [row(P50, 2.5), row(P99, 3)];
};
