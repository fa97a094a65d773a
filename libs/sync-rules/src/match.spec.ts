import fc from 'fast-check';
import { match, type HumaSide, type PowerOfficeSide } from './match.js';

const person = (userId: string, change: Partial<HumaSide> = {}): HumaSide => ({
  userId,
  email: `${userId}@example.com`,
  state: 'active',
  inScope: true,
  linkedTo: null,
  ...change,
});
const employee = (employeeId: string, change: Partial<PowerOfficeSide> = {}): PowerOfficeSide => ({
  employeeId,
  email: null,
  reference: null,
  archived: false,
  ...change,
});

describe('matching both sides', () => {
  it.each<[string, HumaSide[], PowerOfficeSide[], [string | null, string | null, string][]]>([
    [
      'a link holds although the email changed',
      [person('a', { linkedTo: '1' })],
      [employee('1', { email: 'other@x.no' })],
      [['a', '1', 'linked']],
    ],
    ['our reference', [person('a')], [employee('1', { reference: 'a' })], [['a', '1', 'will-link']]],
    [
      'the email, spelt differently',
      [person('a')],
      [employee('1', { email: ' A@Example.COM ' })],
      [['a', '1', 'will-link']],
    ],
    [
      'the reference before the email',
      [person('a')],
      [employee('1', { email: 'a@example.com' }), employee('2', { reference: 'a' })],
      [
        ['a', '2', 'will-link'],
        [null, '1', 'only-in-poweroffice'],
      ],
    ],
    [
      'one email, two employees',
      [person('a')],
      [employee('1', { email: 'a@example.com' }), employee('2', { email: 'a@example.com' })],
      [
        ['a', null, 'ambiguous'],
        [null, '1', 'ambiguous'],
        [null, '2', 'ambiguous'],
      ],
    ],
    [
      'one email, an employee of today and one who is archived',
      [person('a')],
      [employee('1', { email: 'a@example.com', archived: true }), employee('2', { email: 'a@example.com' })],
      [
        ['a', '2', 'will-link'],
        [null, '1', 'archived'],
      ],
    ],
    [
      'one email, only archived employees',
      [person('a')],
      [1, 2].map((n) => employee(String(n), { email: 'a@example.com', archived: true })),
      [
        ['a', null, 'ambiguous'],
        [null, '1', 'ambiguous'],
        [null, '2', 'ambiguous'],
      ],
    ],
    ['only in Huma', [person('a')], [], [['a', null, 'only-in-huma']]],
    ['only in PowerOffice', [], [employee('1', { email: 'x@y.no' })], [[null, '1', 'only-in-poweroffice']]],
    [
      'deactivated in Huma',
      [person('a', { state: 'deactivated', linkedTo: '1' })],
      [employee('1')],
      [['a', '1', 'locked']],
    ],
    [
      'deleted in Huma',
      [person('a', { state: 'deleted', linkedTo: '1' })],
      [employee('1')],
      [['a', '1', 'deleted-in-huma']],
    ],
    [
      'deleted in Huma, our database forgot the link',
      [person('a', { state: 'deleted' })],
      [employee('1', { reference: 'a' })],
      [['a', '1', 'deleted-in-huma']],
    ],
    [
      'deleted before any link',
      [person('a', { state: 'deleted' })],
      [employee('1', { email: 'a@example.com' })],
      [[null, '1', 'only-in-poweroffice']],
    ],
    [
      'out of scope',
      [person('a', { inScope: false })],
      [employee('1', { email: 'a@example.com' })],
      [['a', '1', 'out-of-scope']],
    ],
    [
      'hired again, by email',
      [person('old', { state: 'deleted', email: null, linkedTo: '1' }), person('a')],
      [employee('1', { email: 'a@example.com', reference: 'old' })],
      [['a', '1', 'hired-again']],
    ],
    [
      'hired again, although our database forgot the old link',
      [person('old', { state: 'deleted', email: null }), person('a')],
      [employee('1', { email: 'a@example.com', reference: 'old' })],
      [['a', '1', 'hired-again']],
    ],
    [
      'hired again outside the group: the deleted person keeps the employee',
      [person('old', { state: 'deleted', email: null, linkedTo: '1' }), person('a', { inScope: false })],
      [employee('1', { email: 'a@example.com' })],
      [
        ['old', '1', 'deleted-in-huma'],
        ['a', null, 'out-of-scope'],
      ],
    ],
    [
      'a living person who was linked keeps the employee',
      [person('locked', { state: 'deactivated', linkedTo: '1' }), person('a')],
      [employee('1', { email: 'a@example.com' })],
      [
        ['locked', '1', 'locked'],
        ['a', null, 'only-in-huma'],
      ],
    ],
    [
      'the reference of another living person, who is linked elsewhere',
      [person('a'), person('b', { linkedTo: '2' })],
      [employee('1', { email: 'a@example.com', reference: 'b' }), employee('2')],
      [
        ['a', null, 'only-in-huma'],
        ['b', '2', 'linked'],
        [null, '1', 'only-in-poweroffice'],
      ],
    ],
    ['archived', [person('a')], [employee('1', { email: 'a@example.com', archived: true })], [['a', '1', 'archived']]],
  ])('%s', (_, people, employees, expected) => {
    expect(match(people, employees).map((m) => [m.userId, m.employeeId, m.situation])).toEqual(expected);
  });

  it('says that the reference of another system is there', () => {
    const [found] = match([person('a')], [employee('1', { email: 'a@example.com', reference: 'theirs' })]);
    expect(found).toMatchObject({ situation: 'will-link', foreignReference: true, evidence: { by: 'email' } });
  });

  it.each<[string, HumaSide[], PowerOfficeSide[], object[]]>([
    [
      'names who was deleted, and how the person was found',
      [person('old', { state: 'deleted', email: null, linkedTo: '1' }), person('a')],
      [employee('1', { email: 'a@example.com', reference: 'old' })],
      [{ by: 'hired-again', matchedBy: 'email', deletedUserId: 'old' }],
    ],
    [
      'names who holds the employee with the email, and who has the email of an employee',
      [person('b', { inScope: false, linkedTo: '1' }), person('a'), person('c', { linkedTo: '3' })],
      [employee('1', { email: 'a@example.com' }), employee('2', { email: 'c@example.com' }), employee('3')],
      [
        { by: 'state' },
        { by: 'held-by', userId: 'b', employeeId: '1' },
        { by: 'link' },
        { by: 'email-of-matched', userId: 'c', employeeId: '3' },
      ],
    ],
  ])('%s', (_, people, employees, evidence) => {
    expect(match(people, employees).map((m) => m.evidence)).toEqual(evidence);
  });

  it('never says "nobody" of an email that a living person on the other side has', () => {
    const emails = fc.constantFrom(null, 'a@x.no', 'b@x.no');
    const people = fc.uniqueArray(
      fc.record({
        userId: fc.constantFrom('u1', 'u2', 'u3'),
        email: emails,
        state: fc.constantFrom('active' as const, 'deactivated' as const, 'deleted' as const),
        inScope: fc.constant(true),
        linkedTo: fc.constantFrom(null, 'e1', 'e2'),
      }),
      { selector: (p) => p.userId },
    );
    const employees = fc.uniqueArray(
      fc.record({
        employeeId: fc.constantFrom('e1', 'e2', 'e3'),
        email: emails,
        reference: fc.constantFrom(null, 'u1', 'u2'),
        archived: fc.boolean(),
      }),
      { selector: (e) => e.employeeId },
    );
    fc.assert(
      fc.property(people, employees, (p, e) => {
        for (const m of match(p, e)) {
          if (m.evidence.by === 'nobody' && m.userId !== null) {
            const { email } = p.find((x) => x.userId === m.userId)!;
            expect(e.filter((x) => x.email === email)).toEqual([]);
          }
          if (m.evidence.by === 'nobody' && m.userId === null) {
            const { email } = e.find((x) => x.employeeId === m.employeeId)!;
            expect(p.filter((x) => x.email === email && x.state !== 'deleted')).toEqual([]);
          }
          const holder = p.find((x) => x.userId === m.userId);
          const other = p.find((x) => x.linkedTo === m.employeeId && x.userId !== m.userId && x.state !== 'deleted');
          if (m.employeeId && m.situation === 'hired-again' && holder) expect(other).toBeUndefined();
        }
      }),
    );
  });

  it('puts everybody into one match, no employee into two pairs, and does not care for order', () => {
    const emails = fc.constantFrom(null, 'a@x.no', 'A@x.no ', 'b@x.no', 'c@x.no');
    const ids = fc.constantFrom('u1', 'u2', 'u3', 'u4');
    const people = fc.uniqueArray(
      fc.record({
        userId: ids,
        email: emails,
        state: fc.constantFrom('active' as const, 'deactivated' as const, 'deleted' as const),
        inScope: fc.boolean(),
        linkedTo: fc.constantFrom(null, 'e1', 'e2', 'gone'),
      }),
      { selector: (p) => p.userId },
    );
    const employees = fc.uniqueArray(
      fc.record({
        employeeId: fc.constantFrom('e1', 'e2', 'e3'),
        email: emails,
        reference: fc.constantFrom(null, 'u1', 'theirs'),
        archived: fc.boolean(),
      }),
      { selector: (e) => e.employeeId },
    );
    fc.assert(
      fc.property(people, employees, (p, e) => {
        const matches = match(p, e);
        const paired = matches.flatMap((m) => (m.employeeId ? [m.employeeId] : []));
        expect([...paired].sort()).toEqual(e.map((x) => x.employeeId).sort());
        const seen = matches.flatMap((m) => (m.userId ? [m.userId] : []));
        expect(new Set(seen).size).toBe(seen.length);
        for (const x of p) if (x.state !== 'deleted') expect(seen).toContain(x.userId);
        for (const m of matches)
          if (m.situation === 'will-link' || m.situation === 'linked') expect(m.userId && m.employeeId).toBeTruthy();
      }),
    );
  });
});
