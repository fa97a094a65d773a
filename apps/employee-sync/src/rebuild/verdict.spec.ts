import { aHumaUser } from '@huma-poweroffice/testing';
import type { PersonChange } from '../take-in/person-change.js';
import { verdictOf, type Known } from './verdict.js';

const began = new Date('2026-11-25T12:00:00Z');
const user = aHumaUser();
const change = (more: Partial<PersonChange> = {}): PersonChange => ({
  userId: 'kari',
  organizationId: 'o',
  version: 7,
  user,
  event: { id: 'e', trace: null },
  ...more,
});
const tombstone = change({ organizationId: null, version: null, user: null });
const known = (more: Partial<Known> = {}): Known => ({
  organizationId: 'o',
  version: 7,
  deleted: false,
  user,
  takenInAt: new Date('2026-11-25T11:00:00Z'),
  ...more,
});
const deleted = known({ deleted: true, user: null });
const other = { ...user, phone: '+4790000000' };

describe('what a rebuild does with a person', () => {
  it.each<[string, PersonChange, Known | null, string, string]>([
    ['the same', change(), known(), 'same', 'same'],
    [
      'the same, with white space',
      change({ user: { ...user, givenName: ` ${user.givenName}` } }),
      known(),
      'same',
      'same',
    ],
    ['somebody who is not known', change(), null, 'take', 'take'],
    ['a newer version', change({ version: 8, user: other }), known(), 'take', 'replace'],
    ['an older version', change({ version: 6, user: other }), known(), 'lower', 'replace'],
    ['other values of the same version', change({ user: other }), known(), 'replace', 'replace'],
    ['values that cannot be opened', change(), known({ user: 'unreadable' }), 'replace', 'replace'],
    [
      'an older version, and values that cannot be opened',
      change({ version: 6 }),
      known({ user: 'unreadable' }),
      'lower',
      'replace',
    ],
    ['a deletion', change({ user: null }), known(), 'take', 'replace'],
    ['a deletion of an older version', change({ version: 3, user: null }), known(), 'take', 'replace'],
    ['a tombstone', tombstone, known(), 'take', 'replace'],
    ['a tombstone of somebody deleted', tombstone, deleted, 'same', 'same'],
    ['somebody who is deleted', change({ version: 9 }), deleted, 'deleted', 'replace'],
    [
      'somebody whose organisation is not known',
      change(),
      known({ deleted: true, user: null, organizationId: null }),
      'deleted',
      'replace',
    ],
    ['another organisation', change({ organizationId: 'p', version: 9 }), known(), 'foreign', 'foreign'],
    [
      'somebody taken in meanwhile',
      change({ version: 6 }),
      known({ takenInAt: new Date('2026-11-25T12:00:01Z') }),
      'lower',
      'meanwhile',
    ],
  ])('%s', (_, said, is, ordinary, restored) => {
    expect(verdictOf(said, is, { began, restored: false })).toBe(ordinary);
    expect(verdictOf(said, is, { began, restored: true })).toBe(restored);
  });
});
