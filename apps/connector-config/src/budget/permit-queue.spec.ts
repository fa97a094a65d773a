import fc from 'fast-check';
import { permitClasses, PermitQueue, type Waiter } from './permit-queue.js';

describe('PermitQueue', () => {
  it('serves the best class first, and within a class who came first', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...permitClasses)), fc.array(fc.nat()), (classes, leaving) => {
        const queue = new PermitQueue<Waiter>();
        const all = classes.map((permitClass, arrival) => ({ permitClass, arrival }));
        for (const waiter of all) queue.add(waiter);
        const gone = new Set(leaving.map((n) => all[n % Math.max(1, all.length)]));
        for (const waiter of gone) if (waiter) queue.remove(waiter);
        const served: Waiter[] = [];
        for (let first = queue.first(); first; first = queue.first()) {
          served.push(first);
          queue.remove(first);
        }
        const rank = (w: Waiter): number => permitClasses.indexOf(w.permitClass) * 1e6 + w.arrival;
        expect(served).toEqual(all.filter((w) => !gone.has(w)).sort((a, b) => rank(a) - rank(b)));
      }),
    );
  });
});
