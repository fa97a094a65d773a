import type { Match } from '@huma-poweroffice/sync-rules';
import { countsOf, itemsOf } from './items.js';

const found = (change: Partial<Match>): Match => ({
  userId: 'u',
  employeeId: '1',
  situation: 'will-link',
  evidence: { by: 'email' },
  foreignReference: false,
  ...change,
});
const names = (unreadable: string[] = []): Parameters<typeof itemsOf>[1] => ({
  ofPerson: new Map([
    ['a', 'Åse'],
    ['b', 'Berit'],
    ['u', 'Ulla'],
  ]),
  ofEmployee: new Map([['9', 'aage']]),
  unreadable: new Set(unreadable),
});

describe('the report of a run', () => {
  it('is in the order of the Norwegian alphabet (aa is å), whichever side a name is of', () => {
    const matches = [
      found({ userId: 'a' }),
      found({ userId: null, employeeId: '9' }),
      found({ userId: 'u' }),
      found({ userId: 'b' }),
    ];
    const items = itemsOf(matches, names());
    expect(items.map((i) => i.userId)).toEqual(['b', 'u', null, 'a']);
    expect(items.map((i) => i.no)).toEqual([1, 2, 3, 4]);
  });

  it.each<[Partial<Match>, string[], string, string | null]>([
    [{}, [], 'link', 'absent'],
    [{ evidence: { by: 'reference' } }, [], 'link', 'ours'],
    [{ foreignReference: true }, [], 'link', 'foreign'],
    [{}, ['1'], 'none', null],
    [{ situation: 'linked', evidence: { by: 'link' } }, [], 'none', null],
    [{ situation: 'archived', evidence: { by: 'state' } }, [], 'none', null],
    [{ situation: 'ambiguous', evidence: { by: 'email-of-several', userIds: [], employeeIds: [] } }, [], 'none', null],
  ])('%j, unreadable %j: plans %s with the reference %s', (change, unreadable, planned, reference) => {
    expect(itemsOf([found(change)], names(unreadable))).toMatchObject([{ planned, reference }]);
  });

  it('counts by situation', () => {
    const items = itemsOf([found({}), found({ userId: 'a' }), found({ userId: 'b', situation: 'locked' })], names());
    expect(countsOf(items)).toEqual({ 'will-link': 2, locked: 1 });
  });
});
