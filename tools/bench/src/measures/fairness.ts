import { companyOf, edited } from '../company.js';
import type { Measure } from '../measure.js';
import { pause, until } from '../world.js';

const PATIENCE_MS = 60_000;

/** One connection has five thousand waiting people; somebody of another one is edited. */
export const fairness: Measure = async (world, design) => {
  const [large, small] = [companyOf(5000), companyOf(5)];
  for (const company of [large, small]) await world.found(company);
  await design.begin(world, [large, small]);
  await world.quiet(3000);
  await world.produce(large.people.map((person) => edited(large, person, 10, 'Changed')));
  await pause(3000);
  const since = await world.lastRequest();
  const [person] = small.people;
  if (!person) throw new Error('nobody is there');
  const at = await world.produce([edited(small, person, 10, 'Edited')]);
  const sent = await until(
    async () => (await world.writes(since)).find((r) => r.clientId === small.clientId && r.status !== 429) ?? null,
    PATIENCE_MS,
    100,
  ).catch(() => null);
  return [
    {
      measure: 'one edit beside a connection with 5,000 waiting people',
      value: sent ? (sent.at - at) / 1000 : Infinity,
      unit: 's',
      bar: { kind: 'less than', value: 2 },
    },
  ];
};
