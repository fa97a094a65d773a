import { companyOf, edited } from '../company.js';
import { percentile } from '../figures.js';
import type { Measure } from '../measure.js';
import { pause } from '../world.js';

const SAMPLES = 200;

/** One edit at a time, so that the budget is free; from the broker's having it to the request's arrival. */
export const latency: Measure = async (world, design) => {
  const company = companyOf(50);
  await world.found(company);
  await design.begin(world, [company]);
  await world.quiet(3000);
  const since = await world.lastRequest();
  const produced = new Map<string, number>();
  for (let n = 0; n < SAMPLES; n += 1) {
    const person = company.people[n % company.people.length];
    if (!person) continue;
    const name = `Name ${String(n)}`;
    const before = performance.timeOrigin + performance.now();
    await world.produce([edited(company, person, 10 + n, name)]);
    produced.set(name, before);
    await pause(250 + Math.random() * 100);
  }
  await world.quiet(2000);
  const took = (await world.writes(since)).flatMap(({ at, body }) => {
    const name = [...produced.keys()].find((key) => JSON.stringify(body).includes(`"${key}"`));
    return name === undefined ? [] : [at - (produced.get(name) ?? NaN)];
  });
  // What never arrived counts as later than everything else.
  const all = [...took, ...Array<number>(Math.max(SAMPLES - took.length, 0)).fill(Infinity)];
  return [
    {
      measure: 'event in Kafka → request at PowerOffice, p50',
      value: percentile(all, 0.5),
      unit: 'ms',
      bar: { kind: 'at most', value: 30 },
    },
    {
      measure: 'event in Kafka → request at PowerOffice, p99',
      value: percentile(all, 0.99),
      unit: 'ms',
      bar: { kind: 'at most', value: 150 },
    },
  ];
};
