import { emptyLane, wakeAt, type Lane } from './lane.js';
import { claim, link, record, type Answer, type World } from './protocol.js';

const values = { givenName: 'Kari', familyName: 'Nordmann', email: 'kari@example.com', phone: '+4740000001' };
const bankAccount = { type: 'national', country: 'NO', number: '15030123457' };
const homeAddress = { line1: 'x', line2: null, line3: null, postalCode: '0155', city: 'Oslo', country: 'NO' };
const timing = { sendWindowMs: 2000, clientTimeoutMs: 10_000, processingMs: 10_000, readLagMs: 5000, leaseMs: 20_000 };

let count = 0;
const world = (change: Partial<World> = {}): World => ({
  now: 1_000_000,
  id: `attempt-${String((count += 1))}`,
  jitter: 0,
  timing,
  person: { version: 2, values, state: 'active' },
  inScope: true,
  connection: { active: true, clientId: 'c', createUsers: true },
  tokenClientId: 'c',
  writable: new Set(['givenName', 'familyName', 'email', 'phone', 'homeAddress', 'bankAccount']),
  series: null,
  sameEmail: [],
  ...change,
});
const saying = (change: World['person'] extends infer P | null ? (P extends { values: infer V } ? V : never) : never) =>
  world({ person: { version: 3, values: { ...values, ...change }, state: 'active' } });
const linked: Lane = link(
  emptyLane('user'),
  { employeeId: '7', clientId: 'c', reference: 'ours', shown: {}, accountId: null },
  values,
);
const forbidden: Answer = { outcome: 'refused', reason: 'not-permitted', detail: null, waitsFor: 'privilege' };
const refused: Answer = { outcome: 'refused', reason: 'validation', detail: 'No.' };

/** Claims and answers until the lane rests. @returns the lane, and what was asked of PowerOffice on the way */
const play = (lane: Lane, w: World, answer: (kind: string) => Answer): { lane: Lane; asked: string[] } => {
  const asked: string[] = [];
  let at = lane;
  while (wakeAt(at, false) !== null && asked.length < 20) {
    const step = claim(at, { ...w, id: world().id });
    at = step.lane;
    if (step.task.kind === 'nothing' || !at.attempt) continue;
    asked.push(step.task.kind);
    at = record(at, at.attempt.id, answer(step.task.kind), w).lane;
  }
  return { lane: at, asked };
};

describe('a privilege that is missing', () => {
  it('is met once, not once per field, and not again until something says that it may be there', () => {
    const w = saying({ givenName: 'Karin', phone: '+4740000002' });
    const { lane, asked } = play(linked, w, () => forbidden);
    expect(asked).toEqual(['patch']);
    expect(lane.fields.phone?.refused).toMatchObject({ reason: 'not-permitted', waitsFor: 'privilege' });
    expect(play({ ...lane, due: true }, w, () => forbidden).asked).toEqual([]);
    expect(play({ ...lane, due: true, asked: 'privilege' }, w, () => forbidden).asked).toEqual(['patch']);
    expect(play({ ...lane, due: true, asked: 'person' }, w, () => forbidden).asked).toEqual(['patch']);
  });

  it('for salary accounts is met once', () => {
    const { asked } = play(linked, saying({ bankAccount }), (kind) =>
      kind === 'account-look' ? { outcome: 'applied', employeeId: null, shown: null, accountId: '3' } : forbidden,
    );
    expect(asked).toEqual(['account-look', 'salary-set']);
  });

  it('does not give the reference up', () => {
    const w = world();
    const lane = { ...linked, link: { employeeId: '7', clientId: 'c', reference: 'absent' as const } };
    const after = play(lane, w, () => forbidden);
    expect(after.asked).toEqual(['patch']);
    expect(after.lane.link?.reference).toBe('absent');
  });
});

describe('somebody who asks to try again', () => {
  it('has every refused value tried, also those that need a request of their own', () => {
    const w = saying({ phone: '+4740000002', bankAccount, homeAddress });
    const first = play(linked, w, (kind) =>
      kind === 'account-look' || kind === 'read'
        ? { outcome: 'applied', employeeId: '7', shown: { homeAddress: null }, accountId: '3' }
        : refused,
    );
    expect(Object.keys(first.lane.fields).filter((f) => first.lane.fields[f as 'phone']?.refused)).toEqual(
      expect.arrayContaining(['phone', 'homeAddress', 'bankAccount']),
    );
    const { homeAddress: address, ...others } = first.lane.fields;
    const unseen: Lane = { ...first.lane, fields: { ...others, homeAddress: { refused: address?.refused as never } } };
    const { asked, lane } = play({ ...unseen, due: true, asked: 'person' }, w, (kind) => ({
      outcome: 'applied',
      employeeId: '7',
      shown: { homeAddress: null },
      accountId: kind === 'account-look' ? '3' : null,
    }));
    expect(asked).toEqual(['read', 'patch', 'account-look', 'salary-set']);
    expect(Object.values(lane.fields).filter((f) => f.refused)).toEqual([]);
  });

  it('does not make an employee come back who is gone', () => {
    const gone: Lane = { ...linked, due: true, blocked: { reason: 'employee-gone', detail: null } };
    expect(play({ ...gone, asked: 'person' }, world(), () => refused).lane.blocked?.reason).toBe('employee-gone');
  });
});

describe('a value that cannot be sent', () => {
  it('is not told of people whom nobody wants in PowerOffice', () => {
    const w = world({ person: { version: 1, values: { ...values, phone: '12', email: null }, state: 'active' } });
    const step = claim({ ...emptyLane('user'), due: true }, w);
    expect([step.changes, step.lane.due, step.lane.fields]).toEqual([[], false, {}]);
  });

  it('is told when the person is created, also when the look for the email came first', () => {
    const lane: Lane = { ...emptyLane('user'), due: true, isNew: true };
    const person = { version: 1, values: { ...values, phone: '12' }, state: 'active' as const };
    const waiting = claim(lane, world({ person, sameEmail: null }));
    expect(waiting.task.kind).toBe('refresh-index');
    const created = claim(waiting.lane, world({ person }));
    expect([...waiting.changes, ...created.changes]).toMatchObject([{ field: 'phone', result: 'refused' }]);
    expect(waiting.changes).toEqual([]);
  });

  it('and is taken back in Huma is said to be settled', () => {
    const wrong = claim(linked, saying({ phone: '12' }));
    const back = claim({ ...wrong.lane, due: true }, world());
    expect(back.changes).toMatchObject([{ field: 'phone', result: 'taken-back' }]);
    expect(back.lane.fields.phone?.refused).toBeUndefined();
  });
});
