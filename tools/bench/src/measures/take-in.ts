import { topics } from '@huma-poweroffice/contracts';
import { queryOnce, type RunningProcess } from '@huma-poweroffice/stack';
import { companyOf, edited, type Company } from '../company.js';
import { rate } from '../figures.js';
import type { Measure } from '../measure.js';
import { pause, until, type World } from '../world.js';

const EVENTS = 60_000;
const BATCH = 2000;
const HANDLED_MS = 30_000;

/**
 * Sixty thousand people whom nobody knew, of an organisation with an active connection: produced while employee-sync is
 * down, taken in when it comes back. From the first commit to the last: validated, sealed, a lane for everybody.
 */
export const takeIn: Measure = async (world, design) => {
  const connected = companyOf(1);
  await world.found(connected);
  await design.begin(world, [connected]);
  const service = design.processes(world).get('employee-sync');
  return service ? takenIn(world, connected, service) : handled(world, connected);
};

/** A design that does everything in the handler of an event takes in as fast as PowerOffice answers. */
const handled = async (world: World, company: Company): Promise<ReturnType<typeof row>[]> => {
  const since = await world.lastRequest();
  const [person] = company.people;
  const versions = Array.from({ length: 500 }, (_, n) => 10 + n);
  await world.produce(versions.flatMap((v) => (person ? [edited(company, person, v, `Name ${String(v)}`)] : [])));
  await pause(HANDLED_MS);
  const done = (await world.writes(since)).filter((r) => r.status !== null && r.status < 300);
  return [row((done.length * 1000) / HANDLED_MS)];
};

const takenIn = async (
  world: World,
  connected: Company,
  service: RunningProcess,
): Promise<ReturnType<typeof row>[]> => {
  await service.kill();
  const { organizationId } = connected;
  const newcomers = companyOf(EVENTS);
  for (let n = 0; n < EVENTS; n += BATCH) {
    const some = newcomers.people.slice(n, n + BATCH);
    await world.produce(some.map((person) => edited({ ...newcomers, organizationId }, person, 1, 'Kari')));
  }
  const url = world.stack.addresses.database('employee-sync');
  const lanes = async (): Promise<number> =>
    Number(((await queryOnce(url, 'select count(*) as n from lane')).rows[0] as { n: string }).n);
  // Positions move with what they stand for; counting the lanes again and again would cost what is measured.
  const read = async (): Promise<number> => {
    const sql = 'select coalesce(sum(position), 0) as n from consumer_offset where topic = $1';
    return Number(((await queryOnce(url, sql, [topics.users.name])).rows[0] as { n: string }).n);
  };
  const [before, readBefore] = [await lanes(), await read()];
  const ready = service.restart();
  // A service that is busy may be ready later than it has taken everything in.
  const look = async () => {
    const [n, at] = [(await read()) - readBefore, performance.now()];
    return { n, at };
  };
  const first = await until(async () => ((await look()).n > 0 ? look() : null), 60_000, 20);
  const last = await until(async () => ((await look()).n >= EVENTS ? look() : null), 120_000, 20);
  await ready;
  const made = (await lanes()) - before;
  if (made !== EVENTS) throw new Error(`${String(made)} lanes instead of ${String(EVENTS)}`);
  return [row(rate(last.n - first.n, first.at, last.at))];
};

const row = (value: number) => ({
  measure: 'take-in, Kafka to committed lanes',
  value,
  unit: 'events/s',
  bar: { kind: 'at least' as const, value: 10_000 },
});
