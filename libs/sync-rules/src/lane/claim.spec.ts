import { aContext, aLinkedLane, aNewLane, anIndex, applied, NOW } from '../../test/lane-builders.js';
import { claim } from './claim.js';
import type { DecisionContext } from './context.js';
import { emptyLane, wakeAt } from './lane.js';
import { record } from './record.js';

const values = { givenName: 'Kari', familyName: 'Nordmann', email: 'kari@example.com', employmentId: '10017' };
const collected = { ...values, givenName: 'Karin' };
const homeAddress = { line1: 'x', line2: null, line3: null, postalCode: '0155', city: 'Oslo', country: 'NO' };
const bankAccount = { type: 'national', country: 'NO', number: '15030123457' };
const linked = aLinkedLane(collected, { ...collected, phone: null });
const connection = { active: true, clientId: 'c', createUsers: true };

describe('claiming the lane of somebody who is linked', () => {
  it('sends only the field that changed, without a test operation', () => {
    const { task, lane } = claim(linked, aContext(values));
    expect(task).toEqual({
      kind: 'patch',
      employeeId: '7',
      operations: [{ op: 'replace', path: '/FirstName', value: 'Kari' }],
    });
    const attempt = { id: 'attempt-1', version: 2, values: { givenName: { huma: 'Kari', sent: 'Kari' } } };
    expect(lane).toMatchObject({ due: false, attempt });
  });

  it.each<[string, Partial<DecisionContext>]>([
    ['is locked', { person: { version: 2, values, state: 'deactivated' } }],
    ['was deleted', { person: { version: 2, values: {}, state: 'deleted' } }],
    ['left the group', { inScope: false }],
    ['is of a paused connection', { connection: { ...connection, active: false } }],
    ['would be written with the token of another client', { tokenClientId: 'other' }],
  ])('sends nothing when the person %s, and stays due', (_, change) => {
    const { task, lane } = claim(linked, aContext(values, change));
    expect([task.kind, lane.due]).toEqual(['nothing', true]);
  });

  it('sends nothing when nothing differs, and comes to rest', () => {
    const { task, lane } = claim(linked, aContext(collected));
    expect([task.kind, wakeAt(lane, false)]).toEqual(['nothing', null]);
  });

  it('lets a value that cannot be sent hold only itself', () => {
    const step = claim(linked, aContext({ ...values, employmentId: 'A-17' }));
    expect(step.task).toMatchObject({ kind: 'patch', operations: [{ path: '/FirstName' }] });
    expect(step.lane.fields.employmentId?.refused).toMatchObject({ reason: 'number-not-a-number', waitsFor: 'change' });
    expect(step.changes).toMatchObject([{ field: 'employmentId', result: 'refused' }]);
  });

  it('keeps what a removed value leaves in PowerOffice, and says so', () => {
    const { task, lane } = claim(linked, aContext({ ...collected, employmentId: null }));
    expect(task.kind).toBe('nothing');
    expect(lane.fields.employmentId).toMatchObject({ base: null, note: 'missing-in-huma' });
  });

  it('reads a field first that nobody has seen, and sends one that stays hidden', () => {
    const unseen = { ...linked, fields: { ...linked.fields, homeAddress: {} } };
    const context = aContext({ ...collected, homeAddress });
    const look = claim(unseen, context);
    expect(look.task).toEqual({ kind: 'read', employeeId: '7', accounts: false });
    const read = record(look.lane, 'attempt-1', applied({ givenName: 'Karin' }), context).lane;
    expect(claim(read, context).task).toMatchObject({ kind: 'patch', operations: [{ path: '/MailAddress' }] });
  });

  it('reads the salary account first when a run could not see it', () => {
    const unseen = aLinkedLane(collected, { givenName: 'Karin' }, '3');
    const { task } = claim(unseen, aContext({ ...collected, bankAccount }));
    expect(task).toEqual({ kind: 'read', employeeId: '7', accounts: true });
  });

  it('replaces the reference of a user who was deleted with the next patch', () => {
    const link = { employeeId: '7', clientId: 'c', reference: 'former' } as const;
    const { task } = claim({ ...linked, link }, aContext(values));
    expect(task).toMatchObject({
      operations: [{ path: '/FirstName' }, { path: '/ExternalImportReference', value: 'user' }],
    });
  });
});

describe('claiming the lane of somebody who is new', () => {
  it('creates with the reference', () => {
    const body = { ExternalImportReference: 'user', FirstName: 'Kari' };
    expect(claim(aNewLane(), aContext(values)).task).toMatchObject({ kind: 'create', body });
  });

  it.each<[string, Partial<DecisionContext>, string, string | null]>([
    [
      'the email is in PowerOffice',
      { index: anIndex({ sameEmail: [{ employeeId: '3', reference: null }] }) },
      'nothing',
      'email-exists',
    ],
    ['the setting is off', { connection: { ...connection, createUsers: false } }, 'nothing', null],
    ['the index of emails is old', { index: anIndex({ fresh: false }) }, 'refresh-index', null],
    [
      'an earlier create is found',
      { index: anIndex({ sameEmail: [{ employeeId: '3', reference: 'user' }] }) },
      'look-up',
      null,
    ],
    [
      'a name is missing',
      { person: { version: 1, values: { givenName: null }, state: 'active' } },
      'nothing',
      'name-missing',
    ],
    ['no privilege is there at all', { writable: new Set() }, 'nothing', 'not-permitted'],
    ['another attempt carries the email', { index: anIndex({ inFlight: true }) }, 'nothing', null],
  ])('does not post when %s', (_, change, task, blocked) => {
    const step = claim(aNewLane(), aContext(values, change));
    expect([step.task.kind, step.lane.blocked?.reason ?? null]).toEqual([task, blocked]);
  });

  it('does not wait out a pause for the list of employees once it can be read, whatever it paused for before', () => {
    const paused = { ...aNewLane(), retry: { count: 9, notBefore: NOW, reason: 'email-in-flight' as const } };
    const problem = { reason: 'employees-unreadable', failures: 9, nextTryAt: NOW + 86_400_000 } as const;
    const { lane } = claim(paused, aContext(values, { index: anIndex({ fresh: false, problem }) }));
    expect(claim({ ...lane, asked: 'employees-list' }, aContext(values)).task.kind).toBe('create');
  });

  it('is blocked with the reason while the employees cannot be listed, and looked at when that is tried again', () => {
    const problem = { reason: 'employees-unreadable', failures: 3, nextTryAt: NOW + 60_000 } as const;
    const { lane } = claim(aNewLane(), aContext(values, { index: anIndex({ fresh: false, problem }) }));
    expect(lane).toMatchObject({ due: true, blocked: { reason: 'employees-unreadable', waitsFor: 'employees-list' } });
    expect(wakeAt(lane, false)).toBe(NOW + 60_000);
    const later = aContext(values, { now: NOW + 60_000, index: anIndex({ fresh: false, problem }) });
    expect(claim(lane, later).task.kind).toBe('refresh-index');
    const outage = { ...problem, reason: 'poweroffice-unavailable', failures: 1 } as const;
    const index = anIndex({ fresh: false, problem: outage });
    expect(claim(aNewLane(), aContext(values, { index })).lane.blocked).toBeNull();
    // A refresh that succeeds in between ends the wait at once.
    expect(claim({ ...lane, asked: 'employees-list' }, aContext(values)).task.kind).toBe('create');
  });

  it('does not judge the values of people whom nobody wants in PowerOffice', () => {
    const step = claim({ ...emptyLane('user'), due: true }, aContext({ ...values, phone: '12', email: null }));
    expect([step.changes, step.lane.due, step.lane.fields]).toEqual([[], false, {}]);
  });

  it('says which values cannot be sent once the email was looked for', () => {
    const bad = { ...values, phone: '12' };
    const waiting = claim(aNewLane(), aContext(bad, { index: anIndex({ fresh: false }) }));
    expect([waiting.task.kind, waiting.changes]).toEqual(['refresh-index', []]);
    expect(claim(waiting.lane, aContext(bad)).changes).toMatchObject([{ field: 'phone', result: 'refused' }]);
  });

  it('leaves out what is empty in PowerOffice anyway, and does not clear it afterwards', () => {
    const { employmentId: _, ...rest } = values;
    const context = aContext(
      { ...rest, gender: 'nonbinary' },
      { writable: new Set(['givenName', 'familyName', 'email', 'gender']) },
    );
    const { task, lane } = claim(aNewLane(), context);
    expect(task).toMatchObject({ body: expect.not.objectContaining({ Gender: null }) as object });
    const created = record(lane, 'attempt-1', applied({ ...rest, gender: null }), context).lane;
    expect(created).toMatchObject({ due: false, fields: { gender: { base: 'nonbinary' } } });
  });
});
