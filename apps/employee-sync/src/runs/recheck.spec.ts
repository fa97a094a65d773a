import { emptyLane, type Attempt, type Lane, type DecisionContext } from '@huma-poweroffice/sync-rules';
import { hasMovedOn, recheck } from './recheck.js';

type Seen = Pick<DecisionContext, 'person' | 'inScope' | 'connection'>;
const world: Seen = {
  person: { version: 1, values: {}, state: 'active' },
  inScope: true,
  connection: { active: true, clientId: 'c', createUsers: false },
};
const linkedTo = (employeeId: string, clientId = 'c'): Partial<Lane> => ({
  link: { employeeId, clientId, reference: 'ours' },
});
const locked = (state: 'deactivated' | 'deleted'): Partial<Seen> => ({ person: { version: 2, values: {}, state } });
const changed = (reason: string): object => ({ kind: 'changed-since-review', reason });

it.each<[string, Partial<Lane>, Partial<Seen>, string | null, object]>([
  ['as it was', {}, {}, null, { kind: 'link' }],
  ['a link in a client that is gone', linkedTo('9', 'old'), {}, null, { kind: 'link' }],
  ['linked meanwhile, as planned', linkedTo('7'), {}, 'u', { kind: 'linked-already' }],
  ['linked meanwhile to another', linkedTo('8'), {}, null, changed('linked-to-another-employee')],
  [
    'linked to an employee who is gone',
    { ...linkedTo('8'), blocked: { reason: 'employee-gone', detail: null, waitsFor: 'employee-back' } },
    {},
    null,
    { kind: 'link' },
  ],
  ['the employee is somebody else’s', {}, {}, 'v', changed('employee-linked-to-somebody-else')],
  ['deactivated', {}, locked('deactivated'), null, changed('deactivated')],
  ['deleted', {}, locked('deleted'), null, changed('deleted')],
  ['left the group', {}, { inScope: false }, null, changed('out-of-scope')],
  ['something is under way', { attempt: { id: 'a' } as Attempt }, {}, null, { kind: 'busy' }],
])('%s', (_, lane, seen, holder, expected) => {
  const planned = { userId: 'u', employeeId: '7' };
  expect(recheck({ ...emptyLane('u'), ...lane }, { ...world, ...seen }, planned, holder)).toEqual(expected);
});

it.each<[object, object, boolean]>([
  [{ email: 'a' }, { email: 'a' }, false],
  [{ email: 'a' }, { email: 'b' }, true],
  [{ email: 'a' }, { email: 'a', jobTitle: 'Cook' }, true],
  [{ email: 'a', jobTitle: 'Cook' }, { email: 'a' }, false],
])('Huma has moved on from %j to %j: %s', (before, now, expected) => {
  expect(hasMovedOn(before, now)).toBe(expected);
});
