import { emptyLane, wakeAt, type Lane } from './lane.js';
import { claim, link, record, settle, type World } from './protocol.js';

const world = (change: Partial<World> = {}): World => ({
  now: 1_000_000,
  id: 'attempt-1',
  jitter: 0,
  timing: { sendWindowMs: 2000, clientTimeoutMs: 10_000, processingMs: 10_000, readLagMs: 5000, leaseMs: 20_000 },
  person: {
    version: 2,
    values: { givenName: 'Kari', familyName: 'Nordmann', email: 'kari@example.com', employmentId: '10017' },
    state: 'active',
  },
  inScope: true,
  connection: { active: true, clientId: 'c', createUsers: true },
  tokenClientId: 'c',
  writable: new Set(['givenName', 'familyName', 'email', 'employmentId', 'phone', 'homeAddress', 'bankAccount']),
  series: null,
  sameEmail: [],
  ...change,
});
const collected = { givenName: 'Karin', familyName: 'Nordmann', email: 'kari@example.com', employmentId: '10017' };
const linked: Lane = link(
  emptyLane('user'),
  { employeeId: '7', clientId: 'c', reference: 'ours', shown: { givenName: 'Karin' }, accountId: null },
  collected,
);

describe('claiming a lane', () => {
  it('sends only the field that changed, without a test operation', () => {
    const { task, lane } = claim(linked, world());
    expect(task).toEqual({
      kind: 'patch',
      employeeId: '7',
      operations: [{ op: 'replace', path: '/FirstName', value: 'Kari' }],
    });
    expect(lane).toMatchObject({
      due: false,
      attempt: { id: 'attempt-1', version: 2, values: { givenName: { huma: 'Kari', sent: 'Kari' } } },
    });
  });

  it.each<[string, Partial<World>]>([
    ['is locked', { person: { version: 2, values: { givenName: 'Kari' }, state: 'deactivated' } }],
    ['was deleted', { person: { version: 2, values: {}, state: 'deleted' } }],
    ['left the group', { inScope: false }],
    ['is of a paused connection', { connection: { active: false, clientId: 'c', createUsers: true } }],
    ['would be written with the token of another client', { tokenClientId: 'other' }],
  ])('sends nothing when the person %s, and stays due', (_, change) => {
    const { task, lane } = claim(linked, world(change));
    expect(task.kind).toBe('nothing');
    expect(lane.due).toBe(true);
  });

  it('sends nothing when nothing differs, and comes to rest', () => {
    const { task, lane } = claim(linked, world({ person: { version: 3, values: collected, state: 'active' } }));
    expect(task.kind).toBe('nothing');
    expect(wakeAt(lane, false)).toBeNull();
  });

  it('lets a value that cannot be sent hold only itself', () => {
    const values = { ...collected, givenName: 'Kari', employmentId: 'A-17' };
    const step = claim(linked, world({ person: { version: 3, values, state: 'active' } }));
    expect(step.task).toMatchObject({ kind: 'patch', operations: [{ path: '/FirstName' }] });
    expect(step.lane.fields.employmentId?.refused).toMatchObject({ reason: 'number-not-a-number' });
    expect(step.changes).toMatchObject([{ field: 'employmentId', result: 'refused' }]);
  });

  it('keeps what a removed value leaves in PowerOffice, and says so', () => {
    const values = { givenName: 'Karin', familyName: 'Nordmann', email: 'kari@example.com', employmentId: null };
    const { task, lane } = claim(linked, world({ person: { version: 3, values, state: 'active' } }));
    expect(task.kind).toBe('nothing');
    expect(lane.fields.employmentId).toMatchObject({ base: null, note: 'missing-in-huma' });
  });

  it('waits for a look at PowerOffice before it writes an address that it has not seen', () => {
    const homeAddress = { line1: 'x', line2: null, line3: null, postalCode: '0155', city: 'Oslo', country: 'NO' };
    const { task } = claim(
      linked,
      world({ person: { version: 3, values: { ...collected, homeAddress }, state: 'active' } }),
    );
    expect(task).toEqual({ kind: 'read', employeeId: '7' });
  });
});

describe('an answer', () => {
  const claimed = claim(linked, world()).lane;

  it('counts only for the attempt that the lane still holds', () => {
    expect(record(claimed, 'another', { outcome: 'refused', reason: 'x', detail: null }, world()).lane).toBe(claimed);
  });

  it('that refuses several fields is followed by each of them alone', () => {
    const values = { ...collected, givenName: 'Kari', email: 'new@example.com' };
    const w = world({ person: { version: 3, values, state: 'active' } });
    const refused = record(
      claim(linked, w).lane,
      'attempt-1',
      { outcome: 'refused', reason: 'refused', detail: 'No.' },
      w,
    ).lane;
    const first = claim(refused, world({ ...w, id: 'attempt-2' }));
    expect(first.task).toMatchObject({ operations: [{ path: '/EmailAddress' }] });
    const parked = record(first.lane, 'attempt-2', { outcome: 'refused', reason: 'refused', detail: 'No.' }, w);
    expect(parked.lane.fields.email?.refused).toMatchObject({ detail: 'No.', waitsFor: 'change' });
    const second = claim(parked.lane, world({ ...w, id: 'attempt-3' }));
    expect(second.task).toMatchObject({ operations: [{ path: '/FirstName' }] });
    const done = record(
      second.lane,
      'attempt-3',
      { outcome: 'applied', employeeId: null, shown: { givenName: 'Kari' }, accountId: null },
      w,
    ).lane;
    expect([done.due, done.alone, done.blocked]).toEqual([false, [], null]);
  });

  it('that never came is settled by reading, not before everything must have arrived', () => {
    const unknown = record(claimed, 'attempt-1', { outcome: 'unknown' }, world()).lane;
    expect(wakeAt(unknown, false)).toBe(1_027_000);
    expect(claim(unknown, world({ now: 1_026_999 })).task.kind).toBe('nothing');
    const reading = claim(unknown, world({ now: 1_027_000, id: 'reading-1' }));
    expect(reading.task).toEqual({ kind: 'read-back', what: 'employee', employeeId: '7' });
    const found = { outcome: 'found' as const, employeeId: '7', archived: false, accountId: null };
    const kept = settle(reading.lane, 'reading-1', { ...found, shown: { givenName: 'Kristin' } }, world());
    expect(kept.lane.fields.givenName).toMatchObject({ base: 'Kari', note: 'kept-foreign-value' });
    const arrived = settle(reading.lane, 'reading-1', { ...found, shown: { givenName: 'Kari' } }, world());
    expect(arrived.lane.fields.givenName?.base).toBe('Kari');
    const nothing = settle(reading.lane, 'reading-1', { ...found, shown: { givenName: 'Karin' } }, world());
    expect(nothing.lane.fields.givenName?.base).toBe('Karin');
  });
});

describe('creating', () => {
  const fresh: Lane = { ...emptyLane('user'), isNew: true, due: true };

  it('always carries the reference', () => {
    expect(claim(fresh, world()).task).toMatchObject({
      kind: 'create',
      body: { ExternalImportReference: 'user', FirstName: 'Kari' },
    });
  });

  it.each<[string, Partial<World>, string, string | null]>([
    [
      'the email is in PowerOffice already',
      { sameEmail: [{ employeeId: '3', reference: null }] },
      'nothing',
      'email-exists',
    ],
    ['the setting is off', { connection: { active: true, clientId: 'c', createUsers: false } }, 'nothing', null],
    ['the index of emails is old', { sameEmail: null }, 'refresh-index', null],
    ['an earlier create of ours is found', { sameEmail: [{ employeeId: '3', reference: 'user' }] }, 'look-up', null],
    [
      'a name is missing',
      { person: { version: 1, values: { givenName: null }, state: 'active' } },
      'nothing',
      'name-missing',
    ],
  ])('does not post when %s', (_, change, task, blocked) => {
    const step = claim(fresh, world(change));
    expect([step.task.kind, step.lane.blocked?.reason ?? null]).toEqual([task, blocked]);
  });
});

describe('an employee who is out of reach', () => {
  const patched = (): Lane => claim(linked, world()).lane;
  const shown = { givenName: 'Kari' };
  const ask = (lane: Lane): Lane => ({ ...lane, due: true, asked: 'person' });

  it('is not written any more once an answer shows it archived, until somebody asks and a look shows it restored', () => {
    const answer = { outcome: 'applied' as const, employeeId: '7', shown, accountId: null, archived: true };
    const archived = record(patched(), 'attempt-1', answer, world()).lane;
    expect(archived).toMatchObject({ due: false, blocked: { reason: 'employee-archived' } });
    const changed = world({ person: { version: 3, values: { givenName: 'Karin' }, state: 'active' } });
    expect(claim({ ...archived, due: true }, changed).task.kind).toBe('nothing');
    const looking = claim(ask(archived), changed);
    expect(looking.task).toEqual({ kind: 'read', employeeId: '7' });
    expect(record(looking.lane, 'attempt-1', answer, changed).lane.blocked?.reason).toBe('employee-archived');
    const restored = record(looking.lane, 'attempt-1', { ...answer, archived: false }, changed).lane;
    expect(claim(restored, changed).task.kind).toBe('patch');
  });

  it('is looked at again after a 404, and blocked only when it is not there', () => {
    const doubted = record(patched(), 'attempt-1', { outcome: 'gone' }, world()).lane;
    expect(doubted.blocked).toBeNull();
    const later = world({ now: 1_005_000, id: 'reading-1' });
    const reading = claim(doubted, later);
    expect(reading.task.kind).toBe('read-back');
    expect(settle(reading.lane, 'reading-1', { outcome: 'absent' }, later).lane.blocked?.reason).toBe('employee-gone');
    const there = { outcome: 'found' as const, employeeId: '7', archived: false, shown: { givenName: 'Karin' } };
    const parked = settle(reading.lane, 'reading-1', { ...there, accountId: null }, later).lane;
    expect(parked.fields.givenName?.refused).toMatchObject({ reason: 'not-found', by: 'poweroffice' });
    expect(claim(parked, world({ now: 2_000_000 })).task.kind).toBe('nothing');
  });
});

describe('a create', () => {
  const fresh: Lane = { ...emptyLane('user'), isNew: true, due: true };
  const values = { givenName: 'Kari', familyName: 'Nordmann', email: 'kari@example.com', gender: 'nonbinary' };
  const w = world({
    person: { version: 1, values, state: 'active' },
    writable: new Set(['givenName', 'familyName', 'email', 'gender']),
  });

  it('leaves out what is empty in PowerOffice anyway, and does not clear it afterwards', () => {
    const { task, lane } = claim(fresh, w);
    expect(task).toMatchObject({ body: expect.not.objectContaining({ Gender: null }) as object });
    const shown = { givenName: 'Kari', familyName: 'Nordmann', email: 'kari@example.com', gender: null };
    const created = record(lane, 'attempt-1', { outcome: 'applied', employeeId: '7', shown, accountId: null }, w).lane;
    expect(created).toMatchObject({ due: false, fields: { gender: { base: 'nonbinary' } } });
  });

  it('that is refused for a missing privilege is not tried with fewer fields', () => {
    const answer = {
      outcome: 'refused' as const,
      reason: 'not-permitted',
      detail: null,
      waitsFor: 'privilege' as const,
    };
    const refused = record(claim(fresh, w).lane, 'attempt-1', answer, w).lane;
    const later = { ...w, now: 1_005_000, id: 'reading-1' };
    const reading = claim(refused, later);
    expect(reading.task.kind).toBe('look-up');
    expect(settle(reading.lane, 'reading-1', { outcome: 'absent' }, later).lane).toMatchObject({
      due: false,
      alone: [],
      blocked: { reason: 'not-permitted' },
    });
  });
});
