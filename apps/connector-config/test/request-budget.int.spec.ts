import { randomUUID } from 'node:crypto';
import { createLogger, Database, Secret } from '@huma-poweroffice/platform';
import { createTestDatabase, type TestDatabase } from '@huma-poweroffice/testing';
import { CreateRequestBudget1795478400000 } from '../src/budget/request-budget.migration.js';
import { defaultBudget, RequestBudget, type BudgetSettings } from '../src/budget/request-budget.js';
import { SlotRepository } from '../src/budget/slot-repository.js';

const logger = createLogger('test', 'fatal');
let test: TestDatabase;
let database: Database;
let budgets: RequestBudget[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  database = await Database.connect({
    url: new Secret(test.url),
    migrations: [CreateRequestBudget1795478400000],
    migrateOnStart: true,
    logger,
  });
});
afterEach(async () => {
  for (const budget of budgets) await budget.stop();
  budgets = [];
  await noStop();
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

/** A process of its own with its own queue; the slots are common to all. */
const aProcess = async (change: Partial<BudgetSettings> = {}): Promise<RequestBudget> => {
  const budget = new RequestBudget(
    new SlotRepository(database, randomUUID()),
    { ...defaultBudget, ...change },
    logger,
    { granted: () => undefined, denied: () => undefined, rateLimited: () => undefined },
  );
  await budget.start();
  budgets.push(budget);
  return budget;
};
/** All slots free at once, as after a quiet while. */
const allFree = (): Promise<unknown> =>
  database.query("UPDATE request_slot SET free_at = now() - interval '1 second', permit_id = NULL");
const noStop = (): Promise<unknown> => database.query("UPDATE request_stop SET until = '-infinity'");
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Sends one request: it arrives somewhere between its sending and its answer. */
const sendOne = async (budget: RequestBudget, arrivals: number[]): Promise<void> => {
  const permit = await budget.acquire('live', 60_000);
  if (!permit) throw new Error('no permit came');
  await wait(permit.notBeforeMs + Math.random() * 10);
  arrivals.push(performance.now());
  await wait(Math.random() * 10);
  const answered = performance.now();
  // Some report late, and say so.
  if (arrivals.length % 3 === 0) await wait(100);
  await budget.report(permit.permitId, true, Math.floor(performance.now() - answered));
};
const mostInASecond = (arrivals: number[]): number =>
  Math.max(...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 1000).length));

describe('RequestBudget', () => {
  it('lets no sliding second hold more than ten requests, over processes and a restart', async () => {
    const [one, two] = [await aProcess(), await aProcess()];
    await allFree();
    const arrivals: number[] = [];
    await Promise.all(Array.from({ length: 26 }, (_, n) => sendOne(n % 2 ? one : two, arrivals)));
    await one.stop();
    const restarted = await aProcess();
    await Promise.all(Array.from({ length: 8 }, (_, n) => sendOne(n % 2 ? restarted : two, arrivals)));
    expect(arrivals).toHaveLength(34);
    expect(mostInASecond(arrivals)).toBeLessThanOrEqual(10);
  });

  it('serves a waiting person before others, also of another process', async () => {
    const [one, two] = [await aProcess({ requestsPerSecond: 1 }), await aProcess({ requestsPerSecond: 1 })];
    const order: string[] = [];
    const serve = async (name: string, budget: RequestBudget, permitClass: 'person' | 'live'): Promise<void> => {
      const permit = await budget.acquire(permitClass, 60_000);
      order.push(name);
      if (permit) await budget.report(permit.permitId, true);
    };
    const bulk = [1, 2, 3].map((n) => serve(`live ${String(n)}`, one, 'live'));
    const people = [serve('person here', one, 'person'), serve('person there', two, 'person')];
    await Promise.all([...bulk, ...people]);
    expect(order.slice(0, 2).sort()).toEqual(['person here', 'person there']);
  });

  it('gives an unused permit to the next at once, and takes no report twice', async () => {
    const budget = await aProcess({ requestsPerSecond: 1, validityMs: 60_000 });
    await allFree();
    const first = await budget.acquire('live', 5000);
    expect(await budget.acquire('live', 50)).toBeNull();
    await budget.report(first!.permitId, false);
    const second = await budget.acquire('live', 5000);
    expect(second).not.toBeNull();
    await budget.report(first!.permitId, false);
    expect(await budget.acquire('live', 50)).toBeNull();
  });

  it('writes a permit off that nobody reports', async () => {
    const budget = await aProcess({ requestsPerSecond: 1, validityMs: 100 });
    await allFree();
    expect(await budget.acquire('live', 5000)).not.toBeNull();
    expect(await budget.acquire('live', 60_000)).not.toBeNull();
  });

  it('lets nobody send after a 429', async () => {
    const [one, two] = [await aProcess(), await aProcess()];
    await allFree();
    await one.rateLimited(60_000);
    expect(await two.acquire('person', 50)).toBeNull();
  });

  it('does not let a report end what a 429 has begun', async () => {
    const budget = await aProcess({ requestsPerSecond: 1 });
    await allFree();
    const permit = await budget.acquire('live', 5000);
    await budget.rateLimited(60_000);
    await budget.report(permit!.permitId, true, 5000);
    await allFree();
    expect(await budget.acquire('person', 50)).toBeNull();
  });

  it('counts what a late report says, but never from before the permit was granted', async () => {
    const budget = await aProcess({ requestsPerSecond: 1 });
    await allFree();
    const permit = await budget.acquire('live', 5000);
    await budget.report(permit!.permitId, true, 3_600_000);
    const [slot] = await database.query("SELECT free_at = granted_at + interval '1 second' AS right FROM request_slot");
    expect(slot).toEqual({ right: true });
  });

  it('takes nothing for a caller who is gone', async () => {
    const budget = await aProcess({ requestsPerSecond: 1 });
    await allFree();
    const gone = new AbortController();
    const asked = budget.acquire('live', 60_000, gone.signal);
    gone.abort();
    expect(await asked).toBeNull();
    const next = await budget.acquire('live', 60_000);
    expect(next).not.toBeNull();
  });

  it('serves whoever asks again in the moment in which the queue became empty', async () => {
    const budget = await aProcess({ requestsPerSecond: 100, validityMs: 60_000 });
    await allFree();
    for (let n = 0; n < 50; n += 1) {
      const permit = await budget.acquire('live', 5000);
      await budget.report(permit!.permitId, false);
    }
  });

  it('says for how long a permit is good, counted from the asking', async () => {
    const budget = await aProcess({ validityMs: 700 });
    await allFree();
    const permit = await budget.acquire('live', 5000);
    expect(permit!.validForMs).toBeGreaterThanOrEqual(700);
  });
});
