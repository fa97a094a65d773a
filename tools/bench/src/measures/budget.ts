import { companyOf, edited } from '../company.js';
import { mostInASecond, rate } from '../figures.js';
import type { Measure } from '../measure.js';
import { pause } from '../world.js';

const MINUTES = 3;
const PEOPLE = 2500;

/** More work waits than three minutes can do. */
export const budget: Measure = async (world, design) => {
  const company = companyOf(PEOPLE);
  await world.found(company);
  await design.begin(world, [company]);
  await world.quiet(3000);
  await world.behave({ latencyMs: 20 });
  const since = await world.lastRequest();
  await world.produce(company.people.map((person) => edited(company, person, 10, 'Changed')));
  await pause(2000);
  const from = performance.timeOrigin + performance.now();
  await pause(MINUTES * 60_000);
  const to = performance.timeOrigin + performance.now();
  const all = await world.requests(since);
  const accepted = all.filter(({ at, status }) => at >= from && at < to && status !== 429);
  return [
    {
      measure: 'budget use with work waiting',
      value: rate(accepted.length, from, to),
      unit: 'requests/s',
      bar: { kind: 'at least', value: 9.5 },
    },
    {
      measure: 'answers 429 meanwhile',
      value: all.filter((r) => r.status === 429).length,
      unit: 'answers',
      bar: { kind: 'at most', value: 0 },
    },
    {
      measure: 'most requests in any sliding second',
      value: mostInASecond(all.map((r) => r.at)),
      unit: 'requests',
      bar: { kind: 'at most', value: 10 },
    },
  ];
};
