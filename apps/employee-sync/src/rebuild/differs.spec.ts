import { aHumaUser } from '@huma-poweroffice/testing';
import { differs } from './differs.js';
import type { Pair } from './rebuild-repository.js';

const began = new Date('2026-11-25T10:00:00Z');
const user = aHumaUser();
const pair = (change: Partial<Pair['change']>, known: Partial<NonNullable<Pair['known']>> | null): Pair => ({
  change: { userId: 'u', organizationId: 'o', version: 3, user, event: { id: 'e', trace: null }, ...change },
  known: known && { organizationId: 'o', version: 3, user, takenInAt: new Date('2026-11-01T00:00:00Z'), ...known },
});

describe('differs', () => {
  it.each<[string, boolean, Pair]>([
    ['the same', false, pair({}, {})],
    ['somebody unknown', true, pair({}, null)],
    ['a tombstone of somebody unknown', false, pair({ organizationId: null, version: null, user: null }, null)],
    ['an older version, as after a restore at Huma', true, pair({ version: 1 }, {})],
    ['another value under the same version', true, pair({ user: { ...user, phone: '+4740000000' } }, {})],
    ['another bank account', true, pair({ user: { ...user, bankAccount: null } }, {})],
    ['somebody who is deleted only here', true, pair({}, { user: null })],
    ['a deletion that is known', false, pair({ version: null, user: null }, { user: null })],
    ["somebody of another organisation's", false, pair({ organizationId: 'other', version: 4 }, {})],
    ['what was taken in since', false, pair({ version: 1 }, { takenInAt: new Date('2026-11-25T10:00:01Z') })],
  ])('%s: %p', (_, expected, given) => {
    expect(differs(given, began)).toBe(expected);
  });
});
