import { aHumaUser } from '@huma-poweroffice/testing';
import fc from 'fast-check';
import { newestOf, type PersonChange } from './newest.js';

const user = aHumaUser();
const event = { id: 'event', trace: null };
const change = fc
  .record({
    userId: fc.constantFrom('a', 'b'),
    version: fc.nat(9),
    kind: fc.constantFrom('user', 'user', 'user', 'deleted', 'tombstone'),
  })
  .map(({ userId, version, kind }): PersonChange =>
    kind === 'tombstone'
      ? { userId, organizationId: null, version: null, user: null, event }
      : { userId, organizationId: 'o', version, user: kind === 'user' ? user : null, event },
  );

describe('newestOf', () => {
  it('keeps one change per person: a deletion, else the highest version', () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const newest = newestOf(changes);
        expect(newest.map((c) => c.userId).sort()).toEqual([...new Set(changes.map((c) => c.userId))].sort());
        for (const { userId, version, user: kept } of newest) {
          const own = changes.filter((c) => c.userId === userId);
          if (own.some((c) => c.user === null)) expect(kept).toBeNull();
          else expect(version).toBe(Math.max(...own.map((c) => c.version ?? 0)));
        }
      }),
    );
  });
});
