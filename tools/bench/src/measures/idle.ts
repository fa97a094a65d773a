import { companyOf } from '../company.js';
import type { Figure, Measure } from '../measure.js';
import { cpuSeconds, pause } from '../world.js';
import { fill, watchStatements } from './customers-at-rest.js';

const IDLE_MS = 3 * 60_000;

/** Ten thousand customers of whom nobody does anything. */
export const idle: Measure = async (world, design) => {
  await watchStatements(world);
  const company = companyOf(20);
  await world.found(company);
  await design.begin(world, [company]);
  await fill(world);
  await world.quiet(30_000);
  const since = await world.lastRequest();
  const processes = [...design.processes(world)];
  const used = (): number[] => processes.map(([, { pid }]) => (pid ? cpuSeconds(pid) : NaN));
  const before = used();
  await pause(IDLE_MS);
  const after = used();
  return [
    {
      measure: 'requests in 3 minutes, 10,000 connections with nothing to do',
      value: (await world.requests(since)).length,
      unit: 'requests',
      bar: { kind: 'at most', value: 0 },
    },
    ...processes.map(([name], n): Figure => ({
      measure: `${name} meanwhile, of one core`,
      value: (((after[n] ?? NaN) - (before[n] ?? NaN)) * 100_000) / IDLE_MS,
      unit: '%',
      bar: { kind: 'at most', value: 3 },
    })),
  ];
};
