import fc from 'fast-check';
import { planHash, type PlanItem } from './plan.js';

const id = fc.option(fc.uuid(), { nil: null });
const item = fc.record({
  kind: fc.constantFrom('link', 'create', 'use-huma'),
  userId: id,
  employeeId: fc.option(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String), { nil: null }),
  version: fc.nat(),
});

describe('the hash of a plan', () => {
  it('does not see the order of items or of keys', () => {
    fc.assert(
      fc.property(fc.array(item), fc.nat(), (items, seed) => {
        const turned = (i: PlanItem): PlanItem =>
          Object.fromEntries(Object.entries(i).reverse()) as unknown as PlanItem;
        const at = items.length === 0 ? 0 : seed % items.length;
        const other = [...items.slice(at), ...items.slice(0, at)].map(turned);
        expect(planHash(other)).toBe(planHash(items));
      }),
    );
  });

  it('sees every other difference', () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), fc.nat(), (items, seed) => {
        const at = seed % items.length;
        const chosen = items[at]!;
        const replaced = (i: PlanItem): PlanItem[] => items.map((old, n) => (n === at ? i : old));
        expect(planHash(replaced({ ...chosen, version: chosen.version + 1 }))).not.toBe(planHash(items));
        expect(planHash(items.filter((_, n) => n !== at))).not.toBe(planHash(items));
        expect(planHash([...items, chosen])).not.toBe(planHash(items));
      }),
    );
  });

  it('cannot be made to agree by moving text between members', () => {
    const link = { kind: 'link', userId: 'a', employeeId: 'b' };
    expect(planHash([link])).not.toBe(planHash([{ ...link, userId: 'b', employeeId: 'a' }]));
    expect(planHash([{ ...link, userId: null }])).not.toBe(planHash([{ ...link, userId: 'null' }]));
  });
});
