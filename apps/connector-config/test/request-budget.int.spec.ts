import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { createLogger, Database, Secret } from '@huma-poweroffice/platform';
import { createTestDatabase, eventually, type TestDatabase } from '@huma-poweroffice/testing';
import { ShareRequestBudget1795651200000 } from '../src/budget/fair-budget.migration.js';
import { CreateRequestBudget1795478400000 } from '../src/budget/request-budget.migration.js';
import type { PermitClass } from '../src/budget/permit-queue.js';
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
    migrations: [CreateRequestBudget1795478400000, ShareRequestBudget1795651200000],
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
  database.query("UPDATE request_slot SET free_at = now() - interval '1 second', permit_id = NULL, for_person = false");
const noneFree = (): Promise<unknown> =>
  database.query("UPDATE request_slot SET free_at = now() + interval '1 hour', permit_id = NULL");
/** People and others wait in some process, and have been announced. */
const bothWait = (): Promise<void> =>
  eventually(async () => {
    const [row] = await database.query(
      'SELECT bool_or(people_until > now()) AS people, bool_or(others_until > now()) AS others FROM waiting_process',
    );
    expect(row).toEqual({ people: true, others: true });
  });
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

  it('lets people have half of the slots while others wait, over processes, and all of them else', async () => {
    const settings = { requestsPerSecond: 4, validityMs: 60_000 };
    const [one, two] = [await aProcess(settings), await aProcess(settings)];
    const granted: string[] = [];
    const waits = (budget: RequestBudget, permitClass: PermitClass): Promise<void> =>
      budget.acquire(permitClass, 60_000).then((permit) => {
        if (permit) granted.push(permitClass);
      });
    await noneFree();
    const waiting = [
      ...Array.from({ length: 6 }, () => waits(one, 'person')),
      ...Array.from({ length: 3 }, () => waits(two, 'background')),
    ];
    await bothWait();
    await allFree();
    await eventually(() => {
      expect([...granted].sort()).toEqual(['background', 'background', 'person', 'person']);
    });
    // The slots of the others are free again, those of the people are not: one background request is left.
    await database.query("UPDATE request_slot SET free_at = now() - interval '1 second' WHERE NOT for_person");
    await eventually(() => {
      expect(granted.filter((permitClass) => permitClass === 'background')).toHaveLength(3);
    });
    // Nobody else waits any more.
    await eventually(() => {
      expect(granted.filter((permitClass) => permitClass === 'person')).toHaveLength(3);
    });
    await allFree();
    await Promise.all(waiting);
    expect(granted.filter((permitClass) => permitClass === 'person')).toHaveLength(6);
  });

  it('never leaves a free slot idle, and never lets one side take what is the other’s', async () => {
    const step = fc.record({
      people: fc.integer({ min: 0, max: 8 }),
      others: fc.integer({ min: 0, max: 8 }),
      peopleElsewhere: fc.boolean(),
      othersElsewhere: fc.boolean(),
      // How many of the busy slots have become free before.
      freed: fc.integer({ min: 0, max: 8 }),
    });
    const [here, elsewhere] = [new SlotRepository(database, randomUUID()), new SlotRepository(database, randomUUID())];
    const options = { writtenOffMs: 60_000, aheadMs: 0 };
    const busy = async (condition: string): Promise<number> => {
      const sql = `SELECT count(*)::int AS n FROM request_slot WHERE ${condition}`;
      return (await database.query<{ n: number }>(sql))[0]?.n ?? 0;
    };
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 7 }), fc.array(step, { maxLength: 8 }), async (slots, steps) => {
        await here.prepare(slots);
        await allFree();
        for (const { people, others, peopleElsewhere, othersElsewhere, freed } of steps) {
          await database.query(
            `UPDATE request_slot SET free_at = now() - interval '1 second' WHERE slot IN (
               SELECT slot FROM request_slot WHERE free_at > now() ORDER BY slot LIMIT $1)`,
            [freed],
          );
          await elsewhere.announce({ people: Number(peopleElsewhere), others: Number(othersElsewhere) }, 60_000);
          const free = await busy('free_at <= now()');
          const left = Math.floor(slots / 2) - (await busy('for_person AND free_at > now()'));
          const { taken } = await here.take({ people, others }, options);
          const forPeople = taken.filter(({ forPerson }) => forPerson).length;
          const mostPeople = others > 0 || othersElsewhere ? Math.min(people, Math.max(0, left)) : people;
          const mostOthers = peopleElsewhere && left > 0 ? 0 : others;
          expect(forPeople).toBe(Math.min(free, mostPeople));
          expect(taken.length).toBe(Math.min(free, mostPeople + mostOthers));
        }
      }),
      { numRuns: 40 },
    );
    await elsewhere.withdraw();
    await here.prepare(10);
  });

  it('lets a person and others take turns where there is one slot only', async () => {
    const budget = await aProcess({ requestsPerSecond: 1 });
    const order: string[] = [];
    const serve = async (permitClass: PermitClass): Promise<void> => {
      const permit = await budget.acquire(permitClass, 60_000);
      order.push(permitClass);
      if (permit) await budget.report(permit.permitId, true);
    };
    await noneFree();
    const all = (['live', 'live', 'person', 'person'] as const).map(serve);
    await bothWait();
    await allFree();
    await Promise.all(all);
    expect(order).toEqual(['person', 'live', 'person', 'live']);
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

  it('stops for an hour at most, whatever PowerOffice asks for, and until an operator ends it', async () => {
    const budget = await aProcess();
    await allFree();
    await budget.rateLimited(4_294_967_295);
    const [row] = await database.query("SELECT until <= now() + interval '1 hour' AS bounded FROM request_stop");
    expect(row).toEqual({ bounded: true });
    expect(await budget.acquire('person', 50)).toBeNull();
    await new SlotRepository(database, randomUUID()).endStop();
    expect(await budget.acquire('person', 5000)).not.toBeNull();
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
    const asked = budget.acquire('live', 60_000, undefined, gone.signal);
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
