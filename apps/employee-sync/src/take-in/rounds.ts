import { merge, type PersonChange } from './person-change.js';

/**
 * Changes as rounds that can be taken in one after the other, each with at most one change per person: events only say who
 * may differ now. There is one round, unless a person has events of several organisations: then each organisation has its
 * own change, because an event of a foreign one must not hide the right one. A tombstone belongs to all of them.
 */
export const roundsOf = (changes: readonly PersonChange[]): PersonChange[][] => {
  const people = new Map<
    string,
    { deletion: PersonChange | null; readonly byOrganization: Map<string, PersonChange> }
  >();
  for (const change of changes) {
    const { userId, organizationId } = change;
    const person = people.get(userId) ?? { deletion: null, byOrganization: new Map<string, PersonChange>() };
    people.set(userId, person);
    if (organizationId === null) person.deletion ??= change;
    else {
      const known = person.byOrganization.get(organizationId);
      person.byOrganization.set(organizationId, known ? merge(known, change) : change);
    }
  }
  const rounds: PersonChange[][] = [];
  for (const { deletion, byOrganization } of people.values()) {
    const own = [...byOrganization.values()].map((change) => (deletion ? merge(change, deletion) : change));
    (own.length > 0 || !deletion ? own : [deletion]).forEach((change, index) => (rounds[index] ??= []).push(change));
  }
  return rounds;
};
