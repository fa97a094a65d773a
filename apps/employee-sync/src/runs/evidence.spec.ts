import { match, type HumaSide, type Match, type PowerOfficeSide } from '@huma-poweroffice/sync-rules';
import { evidenceOf, evidenceText } from './evidence.js';

const person = (change: Partial<HumaSide> = {}): HumaSide => ({
  userId: 'u',
  email: 'a@x.no',
  state: 'active',
  inScope: true,
  linkedTo: null,
  ...change,
});
const employee = (change: Partial<PowerOfficeSide> = {}): PowerOfficeSide => ({
  employeeId: '7',
  email: 'a@x.no',
  reference: null,
  archived: false,
  ...change,
});
const first = (people: HumaSide[], employees: PowerOfficeSide[]): Match => match(people, employees)[0]!;
const text = (m: Match, unreadable = false): string => evidenceText(evidenceOf(m, unreadable), m.userId !== null);

describe('evidence', () => {
  it.each<[Match, string, string]>([
    [
      first([person({ linkedTo: '7' })], [employee()]),
      'earlier-link',
      'Linked to employee 7 in PowerOffice Go earlier',
    ],
    [first([person()], [employee({ reference: 'u' })]), 'our-reference', 'carries the id of this person'],
    [first([person()], [employee()]), 'same-email', 'is the same as that of employee 7'],
    [first([person()], [employee({ reference: 'x' })]), 'same-email', 'the reference of another system, which stays'],
    [first([person()], []), 'email-not-found', 'Nobody in PowerOffice Go has this email address'],
    [first([], [employee()]), 'email-not-found', 'Nobody whom the connection covers'],
    [first([person({ email: null })], []), 'no-email', 'no email address in Huma'],
    [first([], [employee({ email: null })]), 'no-email', 'no email address in PowerOffice Go'],
    [first([person({ linkedTo: '9' })], []), 'linked-employee-missing', 'does not exist in PowerOffice Go any more'],
    [first([person({ state: 'deactivated' })], []), 'deactivated', 'Deactivated in Huma, so nothing is sent'],
    [first([person({ state: 'deactivated' })], [employee()]), 'deactivated', 'employee 7 in PowerOffice Go is locked'],
    [
      first([person({ state: 'deleted', linkedTo: '7' })], [employee()]),
      'deleted',
      'Deleted in Huma, while employee 7',
    ],
    [first([person({ inScope: false, linkedTo: '7' })], [employee()]), 'not-covered', 'Not in the group'],
    [first([person()], [employee({ archived: true })]), 'archived', 'restore employee 7'],
    [
      first([person()], [employee(), employee({ employeeId: '8' })]),
      'email-of-several',
      'that of 1 person in Huma and of 2 employees in PowerOffice Go',
    ],
    [
      first([person(), person({ userId: 'old', state: 'deleted', linkedTo: '7' })], [employee()]),
      'hired-again',
      'while the employee belonged to a user who was deleted in Huma',
    ],
    [
      first([person(), person({ userId: 'v', state: 'deactivated', linkedTo: '7' })], [employee()]),
      'held-by',
      'employee 7 in PowerOffice Go belongs to another person',
    ],
    [
      match([person({ linkedTo: '8' })], [employee(), employee({ employeeId: '8' })])[1]!,
      'email-of-matched',
      'belongs to employee 8',
    ],
  ])('%#: %s says %s', (found, code, part) => {
    expect(evidenceOf(found).code).toBe(code);
    expect(text(found)).toContain(part);
    expect(text(found)).toMatch(/^[A-Z][^.]*\.$/);
  });

  it('says so of an employee that could not be read', () => {
    expect(text(first([], [employee({ email: null })]), true)).toContain('could not be read');
  });

  it.each([
    ['changed', 'and was changed in PowerOffice Go since then'],
    ['unchanged', 'and was not changed in PowerOffice Go since then'],
    ['unknown', 'employee 7 in PowerOffice Go still exists.'],
  ] as const)('says what happened since a deletion: %s', (since, part) => {
    const found = first([person({ state: 'deleted', linkedTo: '7' })], [employee()]);
    expect(evidenceText(evidenceOf(found, false, since), true)).toContain(part);
  });

  it('names only the first of many who share an address', () => {
    const people = Array.from({ length: 500 }, (_, n) => person({ userId: `u${String(n)}` }));
    const evidence = evidenceOf(first(people, [employee()]));
    expect(evidence).toMatchObject({ people: 500, employees: 1 });
    expect(evidence.userIds).toHaveLength(10);
  });
});
