import { aHumaUser } from '@huma-poweroffice/testing';
import fc from 'fast-check';
import type { PersonChange } from './person-change.js';
import { roundsOf } from './rounds.js';

const user = aHumaUser();
const event = { id: 'event', trace: null };
const change = fc
  .record({
    userId: fc.constantFrom('a', 'b'),
    organizationId: fc.constantFrom('o', 'o', 'o', 'p'),
    version: fc.nat(9),
    kind: fc.constantFrom('user', 'user', 'user', 'deleted', 'tombstone'),
  })
  .map(({ userId, organizationId, version, kind }): PersonChange =>
    kind === 'tombstone'
      ? { userId, organizationId: null, version: null, user: null, event }
      : { userId, organizationId, version, user: kind === 'user' ? user : null, event },
  );
const byName = (a: PersonChange, b: PersonChange): number =>
  `${a.userId} ${a.organizationId ?? ''}`.localeCompare(`${b.userId} ${b.organizationId ?? ''}`);
const shuffled = (changes: PersonChange[]) =>
  fc.tuple(fc.constant(changes), fc.shuffledSubarray(changes, { minLength: changes.length }));

describe('roundsOf', () => {
  it('has one change per person and round, and of each organisation the deletion, else the highest version', () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const rounds = roundsOf(changes);
        for (const round of rounds) expect(new Set(round.map((c) => c.userId)).size).toBe(round.length);
        for (const { userId, organizationId, version, user: kept } of rounds.flat()) {
          const own = changes.filter(
            (c) => c.userId === userId && (c.organizationId === null || c.organizationId === organizationId),
          );
          if (own.some((c) => c.user === null)) expect(kept).toBeNull();
          expect(version ?? -1).toBe(Math.max(...own.map((c) => c.version ?? -1)));
        }
        const named = new Set(rounds.flat().map((c) => `${c.userId} ${c.organizationId ?? ''}`));
        for (const c of changes) if (c.organizationId) expect(named).toContain(`${c.userId} ${c.organizationId}`);
        expect(new Set(rounds.flat().map((c) => c.userId))).toEqual(new Set(changes.map((c) => c.userId)));
      }),
    );
  });

  it('does not depend on the order of the records', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }).chain(shuffled), ([changes, others]) => {
        const all = (list: PersonChange[]): PersonChange[] => roundsOf(list).flat().sort(byName);
        expect(all(others)).toEqual(all(changes));
      }),
    );
  });
});
