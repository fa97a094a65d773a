import { companyOf, edited, type Company } from '../company.js';
import { mostInASecond, rate } from '../figures.js';
import type { Figure, Measure } from '../measure.js';
import { pause, until, type World } from '../world.js';

const MINUTES = 3;
const PEOPLE = 2500;
/** PowerOffice's answers take so many milliseconds; at least so many requests per second must be made. */
const answers = [
  { latencyMs: 20, least: 9.65 },
  { latencyMs: 2, least: 9.8 },
];

/** More work waits than three minutes can do. */
export const budget: Measure = async (world, design) => {
  const company = companyOf(PEOPLE);
  await world.found(company);
  await design.begin(world, [company]);
  const figures: Figure[] = [];
  let version = 10;
  for (const { latencyMs, least } of answers) {
    figures.push(...(await used(world, company, { latencyMs, least, version })));
    version += 10;
  }
  return figures;
};

const used = async (
  world: World,
  company: Company,
  { latencyMs, least, version }: { readonly latencyMs: number; readonly least: number; readonly version: number },
): Promise<Figure[]> => {
  await settled(world);
  await world.behave({ latencyMs });
  const since = await world.lastRequest();
  await world.produce(company.people.map((person) => edited(company, person, version, `Changed ${String(version)}`)));
  await pause(2000);
  const from = performance.timeOrigin + performance.now();
  await pause(MINUTES * 60_000);
  const to = performance.timeOrigin + performance.now();
  const all = await world.requests(since);
  const accepted = all.filter(({ at, status }) => at >= from && at < to && status !== 429);
  const name = `answers in ${String(latencyMs)} ms`;
  return [
    {
      measure: `budget use with work waiting, ${name}`,
      value: rate(accepted.length, from, to),
      unit: 'requests/s',
      bar: { kind: 'at least', value: least },
    },
    {
      measure: `answers 429 meanwhile, ${name}`,
      value: all.filter((r) => r.status === 429).length,
      unit: 'answers',
      bar: { kind: 'at most', value: 0 },
    },
    {
      measure: `most requests in any sliding second, ${name}`,
      value: mostInASecond(all.map((r) => r.at)),
      unit: 'requests',
      bar: { kind: 'at most', value: 10 },
    },
  ];
};

/** What an earlier part left to do is done first. */
const settled = async (world: World): Promise<void> => {
  await until(
    async () => {
      const before = await world.lastRequest();
      await pause(3000);
      return (await world.lastRequest()) === before ? true : null;
    },
    10 * 60_000,
    1,
  );
};
