import type { Match } from '@huma-poweroffice/sync-rules';
import { countsOf, itemsOf } from './items.js';

const found = (change: Partial<Match>): Match => ({
  userId: 'u',
  employeeId: '1',
  situation: 'will-link',
  evidence: { by: 'email' },
  matchedBy: 'email',
  foreignReference: false,
  ...change,
});
const names = (unreadable: string[] = [], isShort = false): Parameters<typeof itemsOf>[1] => ({
  names: {
    ofPerson: new Map([
      ['a', 'Åse'],
      ['b', 'Berit'],
      ['u', 'Ulla'],
    ]),
    ofEmployee: new Map([['9', 'aage']]),
    unreadable: new Set(unreadable),
  },
  collected: () => ({ personEmail: 'u@x.no', employeeEmail: 'u@x.no', reference: null }),
  sinceDeletion: new Map(),
  isShort,
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

  const hired = { by: 'hired-again', matchedBy: 'reference', deletedUserId: 'old' } as const;
  it.each<[Partial<Match>, string[], object]>([
    [{}, [], { planned: { kind: 'link', proof: { matchedBy: 'email', holder: null } }, ticked: true }],
    [{ matchedBy: 'reference', evidence: { by: 'reference' } }, [], { planned: { proof: { matchedBy: 'reference' } } }],
    [
      { situation: 'hired-again', matchedBy: 'reference', evidence: hired },
      [],
      { planned: { kind: 'link', proof: { matchedBy: 'reference', holder: 'old' } }, ticked: false },
    ],
    [{}, ['1'], { planned: { kind: 'none' }, ticked: false }],
    [{ situation: 'linked', matchedBy: 'link', evidence: { by: 'link' } }, [], { planned: { kind: 'none' } }],
    [{ situation: 'archived', evidence: { by: 'state' } }, [], { planned: { kind: 'none' } }],
    [
      { situation: 'ambiguous', evidence: { by: 'email-of-several', userIds: [], employeeIds: [] } },
      [],
      { planned: { kind: 'none' } },
    ],
  ])('%j, unreadable %j: plans %j', (change, unreadable, item) => {
    expect(itemsOf([found(change)], names(unreadable))).toMatchObject([item]);
  });

  it('plans nothing where a list is strikingly short', () => {
    expect(itemsOf([found({})], names([], true))).toMatchObject([
      { situation: 'will-link', planned: { kind: 'none' }, ticked: false },
    ]);
  });

  it('counts by situation', () => {
    const items = itemsOf([found({}), found({ userId: 'a' }), found({ userId: 'b', situation: 'locked' })], names());
    expect(countsOf(items)).toEqual({ 'will-link': 2, locked: 1 });
  });
});
