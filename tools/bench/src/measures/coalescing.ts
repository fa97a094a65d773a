import { companyOf, edited } from '../company.js';
import type { Measure } from '../measure.js';

const EDITS = 10;

/** Everybody is edited ten times, one person after the other, in one batch each. */
export const coalescing: Measure = async (world, design) => {
  const company = companyOf(10);
  await world.found(company);
  await design.begin(world, [company]);
  await world.quiet(3000);
  const since = await world.lastRequest();
  for (const person of company.people) {
    const versions = Array.from({ length: EDITS }, (_, n) => 10 + n);
    await world.produce(versions.map((version) => edited(company, person, version, `Name ${String(version)}`)));
    await world.quiet(1500);
  }
  const perPath = new Map<string, number>();
  for (const { path } of await world.writes(since)) perPath.set(path, (perPath.get(path) ?? 0) + 1);
  const most = perPath.size === company.people.length ? Math.max(...perPath.values()) : Infinity;
  return [
    {
      measure: 'writes per person edited 10 times in one batch, at most',
      value: most,
      unit: 'writes',
      bar: { kind: 'at most', value: 2 },
    },
  ];
};
