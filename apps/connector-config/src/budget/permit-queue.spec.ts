import fc from 'fast-check';
import { permitClasses, PermitQueue, type PermitClass, type Waiter } from './permit-queue.js';

const waiters = (
  numbers: readonly number[],
  permitClass: PermitClass = 'live',
  connectionsOf: (organization: number, n: number) => string = (organization) => String(organization),
): Waiter[] => {
  let arrival = 0;
  return numbers.flatMap((count, organization) =>
    Array.from({ length: count }, (_, n) => ({
      permitClass,
      organizationId: `o${String(organization)}`,
      connectionId: connectionsOf(organization, n),
      arrival: (arrival += 1),
    })),
  );
};
const queueOf = (all: readonly Waiter[]): PermitQueue<Waiter> => {
  const queue = new PermitQueue<Waiter>();
  for (const waiter of all) queue.add(waiter);
  return queue;
};
/** Everybody, in the order in which they are served. */
const served = (queue: PermitQueue<Waiter>, first: () => Waiter | undefined): Waiter[] => {
  const order: Waiter[] = [];
  for (let next = first(); next; next = first()) {
    order.push(next);
    queue.serve(next);
  }
  return order;
};
const others = (all: readonly Waiter[]): Waiter[] => {
  const queue = queueOf(all);
  return served(queue, () => queue.firstOther());
};

/** In every part of the order in which both still wait, neither is served twice before the other is served once. */
const takeTurns = (order: readonly Waiter[], key: (waiter: Waiter) => string): void => {
  const left = new Map<string, number>();
  for (const waiter of order) left.set(key(waiter), (left.get(key(waiter)) ?? 0) + 1);
  const had = new Map([...left.keys()].map((name) => [name, 0]));
  for (const waiter of order) {
    const name = key(waiter);
    for (const [other, count] of left)
      if (count > 0 && other !== name) expect(had.get(name)).toBeLessThanOrEqual(had.get(other) ?? 0);
    had.set(name, (had.get(name) ?? 0) + 1);
    left.set(name, (left.get(name) ?? 0) - 1);
  }
};

const counts = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 8 });

describe('PermitQueue', () => {
  it('lets organisations take turns, however many of each wait', () => {
    fc.assert(
      fc.property(counts, (numbers) => {
        const order = others(waiters(numbers));
        expect(order).toHaveLength(numbers.reduce((sum, n) => sum + n, 0));
        takeTurns(order, ({ organizationId }) => organizationId);
      }),
    );
  });

  it('lets the connections of an organisation take turns', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5 }), (count, connections) => {
        const order = others(waiters([count], 'run', (_, n) => `c${String((n * n) % connections)}`));
        takeTurns(order, ({ connectionId }) => connectionId);
      }),
    );
  });

  it('serves a connection in the order of arrival', () => {
    fc.assert(
      fc.property(counts, (numbers) => {
        const order = others(waiters(numbers));
        for (const organization of new Set(order.map(({ organizationId }) => organizationId))) {
          const arrivals = order.filter((w) => w.organizationId === organization).map(({ arrival }) => arrival);
          expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('serves the better class first among those who are not a person, and people apart from them', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...permitClasses)), fc.array(fc.nat()), (classes, leaving) => {
        const all = classes.map((permitClass, arrival) => ({
          permitClass,
          arrival,
          organizationId: `o${String(arrival % 3)}`,
          connectionId: `c${String(arrival % 5)}`,
        }));
        const queue = queueOf(all);
        const gone = new Set(leaving.map((n) => all[n % Math.max(1, all.length)]));
        for (const waiter of gone) if (waiter) queue.remove(waiter);
        const stay = all.filter((waiter) => !gone.has(waiter));
        expect(queue.size).toBe(stay.length);
        const rank = ({ permitClass }: Waiter): number => permitClasses.indexOf(permitClass);
        const order = served(queue, () => queue.firstOther());
        expect(order.map(rank)).toEqual([...order.map(rank)].sort());
        const people = served(queue, () => queue.firstPerson());
        expect(people.map(({ permitClass }) => permitClass)).toEqual(people.map(() => 'person'));
        expect(new Set([...order, ...people])).toEqual(new Set(stay));
        expect(queue.size).toBe(0);
      }),
    );
  });

  it('serves an organisation that comes anew before one that was just served', () => {
    const [busy, small] = [waiters([5]), waiters([0, 1])];
    const queue = queueOf(busy);
    queue.serve(queue.firstOther() as Waiter);
    queue.serve(queue.firstOther() as Waiter);
    for (const waiter of small) queue.add({ ...waiter, arrival: 100 });
    expect(queue.firstOther()?.organizationId).toBe('o1');
  });
});
