import { companyOf, edited } from '../company.js';
import type { Measure } from '../measure.js';
import { pause, residentMegabytes } from '../world.js';

/** Twenty thousand people, all of them linked, and some of them changed while it is measured. */
export const memory: Measure = async (world, design) => {
  const company = companyOf(20_000);
  await world.found(company);
  await design.begin(world, [company]);
  let most = new Map<string, number>();
  for (let n = 0; n < 20; n += 1) {
    const some = company.people.slice(n * 10, n * 10 + 10);
    await world.produce(some.map((person) => edited(company, person, 10, 'Changed')));
    await pause(1000);
    const now = [...design.processes(world)].map(
      ([name, { pid }]) => [name, pid ? residentMegabytes(pid) : NaN] as const,
    );
    most = new Map(now.map(([name, megabytes]) => [name, Math.max(megabytes, most.get(name) ?? 0)]));
  }
  return [...most].map(([name, value]) => ({
    measure: `resident memory of ${name}, 20,000 people`,
    value,
    unit: 'MB',
    bar: { kind: 'at most', value: 300 },
  }));
};
