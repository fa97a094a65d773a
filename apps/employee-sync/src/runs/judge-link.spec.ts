import { emptyLane, type Attempt, type Lane } from '@huma-poweroffice/sync-rules';
import { gate, type ProvenItem } from './gate.js';
import { referenceNow, type EmployeeNow, type LinkSeen } from './judge-link.js';
import { hasMovedOn } from './moved-on.js';
import type { LinkProof } from './proof.js';

const email = 'kari@firma.no';
const employee: EmployeeNow = { email: 'KARI@firma.no', reference: null, archived: false };
const seen = (change: Partial<LinkSeen> = {}): LinkSeen => ({
  lane: emptyLane('u'),
  world: {
    person: { version: 1, values: { email: ' Kari@firma.no' }, state: 'active' },
    inScope: true,
    connection: { active: true, clientId: 'c', createUsers: false },
  },
  employee,
  referenceOf: null,
  holder: null,
  emailOfSeveral: false,
  emailInFlight: false,
  ...change,
});
const item = (change: Partial<LinkProof> = {}): ProvenItem<'link'> => ({
  kind: 'link',
  userId: 'u',
  employeeId: '7',
  proof: { matchedBy: 'email', personEmail: email, employeeEmail: email, reference: null, holder: null, ...change },
});
const lane = (change: Partial<Lane>): Partial<LinkSeen> => ({ lane: { ...emptyLane('u'), ...change } });
const linkedTo = (employeeId: string, clientId = 'c'): Partial<Lane> => ({
  link: { employeeId, clientId, reference: 'ours' },
});
const person = (state: 'active' | 'deactivated' | 'deleted', values = {}): Partial<LinkSeen> => ({
  world: { ...seen().world, person: { version: 2, values: { email, ...values }, state } },
});
const shows = (change: Partial<EmployeeNow>): Partial<LinkSeen> => ({ employee: { ...employee, ...change } });
const gone = { reason: 'employee-gone', detail: null, waitsFor: 'employee-back' } as const;
const deletedOne = { userId: 'old', isDeleted: true, isAtRest: true };

it.each<[string, Partial<LinkProof>, Partial<LinkSeen>, string]>([
  ['everything as it was', {}, {}, 'cleared'],
  ['a link in a client that is gone', {}, lane(linkedTo('9', 'old')), 'cleared'],
  ['linked meanwhile, as planned', {}, lane(linkedTo('7')), 'done'],
  ['linked meanwhile to another', {}, lane(linkedTo('8')), 'linked-to-another-employee'],
  ['linked to an employee who is gone', {}, lane({ ...linkedTo('8'), blocked: gone }), 'cleared'],
  [
    'another person holds the employee',
    {},
    { holder: { userId: 'v', isDeleted: false, isAtRest: true } },
    'employee-linked-to-somebody-else',
  ],
  [
    'somebody deleted holds it, whom the review did not name',
    {},
    { holder: deletedOne },
    'employee-linked-to-somebody-else',
  ],
  ['somebody deleted holds it, as reviewed', { holder: 'old' }, { holder: deletedOne }, 'cleared'],
  [
    'the one who was deleted is there again',
    { holder: 'old' },
    { holder: { ...deletedOne, isDeleted: false } },
    'employee-linked-to-somebody-else',
  ],
  [
    'the one who was deleted is being worked on',
    { holder: 'old' },
    { holder: { ...deletedOne, isAtRest: false } },
    'busy',
  ],
  ['deactivated', {}, person('deactivated'), 'deactivated'],
  ['deleted', {}, person('deleted'), 'deleted'],
  ['left the group', {}, { world: { ...seen().world, inScope: false } }, 'out-of-scope'],
  ['the employee is not there', {}, { employee: null }, 'employee-not-found'],
  ['archived', {}, shows({ archived: true }), 'employee-archived'],
  ['another email in PowerOffice', {}, shows({ email: 'per@firma.no' }), 'email-changed-in-poweroffice'],
  ['no email in PowerOffice', {}, shows({ email: null }), 'email-changed-in-poweroffice'],
  ['another email in Huma', {}, person('active', { email: 'per@firma.no' }), 'email-changed-in-huma'],
  [
    'both have another email',
    {},
    { ...shows({ email: 'x@y.no' }), ...person('active', { email: 'x@y.no' }) },
    'email-changed-in-poweroffice',
  ],
  ['somebody else has the email too', {}, { emailOfSeveral: true }, 'email-of-several'],
  [
    'the reference of a living person',
    {},
    { ...shows({ reference: 'v' }), referenceOf: { userId: 'v', isDeleted: false } },
    'reference-of-somebody-else',
  ],
  ['another system’s reference since the review', {}, shows({ reference: 'theirs' }), 'reference-changed'],
  ['another system’s reference as reviewed', { reference: 'theirs' }, shows({ reference: 'theirs' }), 'cleared'],
  ['our reference since the review', {}, shows({ reference: 'U' }), 'cleared'],
  ['found by the reference, which is gone', { matchedBy: 'reference', reference: 'u' }, {}, 'reference-changed'],
  [
    'found by the reference, whatever the emails are',
    { matchedBy: 'reference', reference: 'u' },
    { ...shows({ reference: 'u', email: null }), ...person('active', { email: 'x@y.no' }), emailInFlight: true },
    'cleared',
  ],
  ['something is under way', {}, lane({ attempt: { id: 'a' } as Attempt }), 'busy'],
  ['somebody else is being created with the email', {}, { emailInFlight: true }, 'busy'],
])('%s: %#', (_, proof, change, expected) => {
  const verdict = gate('link', item(proof), seen(change));
  expect(verdict.kind === 'changed-since-review' ? verdict.reason : verdict.kind).toBe(expected);
});

it.each([
  [null, null, 'absent'],
  ['U', null, 'ours'],
  ['old', { userId: 'old', isDeleted: true }, 'former'],
  ['theirs', null, 'foreign'],
] as const)('a link to an employee with the reference %s is %s: %s', (reference, of, expected) => {
  expect(referenceNow({ ...employee, reference }, 'u', of)).toBe(expected);
});

it.each<[object, object, boolean]>([
  [{ email: 'a' }, { email: 'a' }, false],
  [{ email: 'a' }, { email: 'b' }, true],
  [{ email: 'a' }, { email: 'a', jobTitle: 'Cook' }, true],
  [{ email: 'a', jobTitle: 'Cook' }, { email: 'a' }, false],
])('Huma has moved on from %j to %j: %s', (before, now, expected) => {
  expect(hasMovedOn(before, now)).toBe(expected);
});
