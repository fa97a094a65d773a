import { aContext, aLinkedLane, aNewLane, applied, found, NOW, play } from '../../test/lane-builders.js';
import { claim } from './claim.js';
import type { DecisionContext } from './context.js';
import { wakeAt, type Lane } from './lane.js';
import { record } from './record.js';
import { settle } from './settle.js';
import type { Answer, Reading, Step } from './step.js';

const values = { givenName: 'V0', familyName: 'N', email: 'k@example.com' };
const account = (number: string): { type: string; country: string; number: string } => ({
  type: 'national',
  country: 'NO',
  number,
});
const unknown: Answer = { outcome: 'unknown' };
const linked = aLinkedLane(values, { ...values, phone: null });

/** Claims, loses the answer, and settles what was read after the wait. */
const loseAndRead = (lane: Lane, context: DecisionContext, reading: Reading): Step => {
  const lost = record(claim(lane, context).lane, context.id, unknown, context).lane;
  const later = { ...context, now: wakeAt(lost, false) ?? 0, id: 'reading' };
  return settle(claim(lost, later).lane, 'reading', reading, later);
};

describe('an unknown outcome', () => {
  const context = aContext({ ...values, givenName: 'V1' });

  it('is settled by reading, not before everything must have arrived', () => {
    const lost = record(claim(linked, context).lane, 'attempt-1', unknown, context).lane;
    expect(wakeAt(lost, false)).toBe(NOW + 27_000);
    expect(claim(lost, { ...context, now: NOW + 26_999 }).task.kind).toBe('nothing');
    const reading = claim(lost, { ...context, now: NOW + 27_000 });
    expect(reading.task).toEqual({ kind: 'read-back', what: 'employee', employeeId: '7' });
  });

  it.each<[string, string, object]>([
    ["somebody else's", 'X', { base: 'V1', note: 'kept-foreign-value' }],
    ['what was sent', 'V1', { base: 'V1' }],
    ['what was there before', 'V0', { base: 'V0' }],
  ])('is judged by what was read: %s', (_, read, state) => {
    expect(loseAndRead(linked, context, found({ ...values, givenName: read })).lane.fields.givenName).toMatchObject(
      state,
    );
  });

  it('whose request did not arrive is tried again after a pause', () => {
    const { lane } = loseAndRead(linked, context, found(values));
    expect(lane.retry).toMatchObject({ count: 1, reason: 'poweroffice-unavailable' });
    expect(wakeAt(lane, false)).toBeGreaterThan(NOW + 27_000);
  });

  it('of a success that could not be read does not hide an older value of ours', () => {
    // V1 arrives, and its answer cannot be read. V2 is lost on its way. PowerOffice still holds V1.
    const one = loseAndRead(linked, context, found({ ...values, givenName: 'V1' })).lane;
    const newer = aContext({ ...values, givenName: 'V2' }, { now: NOW + 60_000 });
    const two = loseAndRead({ ...one, due: true }, newer, found({ ...values, givenName: 'V1' }));
    expect(two.changes).toEqual([]);
    const next = claim(two.lane, { ...newer, now: wakeAt(two.lane, false) ?? 0 });
    expect(next.task).toMatchObject({ kind: 'patch', operations: [{ path: '/FirstName', value: 'V2' }] });
  });
});

describe('a salary account that the run could not see', () => {
  it('is read before it is written, so that a lost request is told from a foreign account', () => {
    const lane = aLinkedLane({ ...values, bankAccount: account('86011117947') }, values, '1');
    const context = aContext({ ...values, bankAccount: account('12345678903') });
    const old = { number: '86011117947', country: 'NO', bic: null };
    let sets = 0;
    const { asked, lane: after } = play(lane, context, (kind) => {
      if (kind === 'read') return applied({ ...values, bankAccount: old }, { accountId: '1' });
      if (kind === 'account-look') return applied(null, { accountId: '9' });
      if (kind === 'read-back') return found({ ...values, bankAccount: old }, { accountId: '1' });
      sets += 1;
      return sets === 1 ? unknown : applied(null, { accountId: '9' });
    });
    expect(asked).toEqual(['read', 'account-look', 'salary-set', 'read-back', 'salary-set']);
    expect(after.fields.bankAccount).toMatchObject({ base: account('12345678903') });
  });
});

describe('a create whose answer was lost', () => {
  const number = (employmentId: string | null, series: DecisionContext['series']): Step => {
    const context = aContext({ ...values, employmentId }, { series });
    return loseAndRead(aNewLane(), context, found({ ...values, employmentId: '10000' }));
  };

  it('judges only what it carried: a number outside the series is sent when the series grow', () => {
    const { lane } = number('5', [{ from: '10000', to: '99999' }]);
    const context = aContext(
      { ...values, employmentId: '5' },
      { now: NOW + 60_000, series: [{ from: '10000', to: '99999' }] },
    );
    const refused = claim(lane, context).lane;
    expect(refused.fields.employmentId?.refused).toMatchObject({ reason: 'number-outside-series' });
    const grown = { ...context, series: [{ from: '1', to: '99999' }] };
    const { asked } = play({ ...refused, due: true, asked: 'number-series' }, grown, (kind) =>
      applied({ ...values, employmentId: kind === 'read' ? '10000' : '5' }),
    );
    expect(asked).toEqual(['read', 'patch']);
  });

  it('says nothing of a number that Huma does not have', () => {
    const { lane, changes } = number(null, null);
    expect(changes.filter(({ result }) => result === 'kept-foreign-value')).toEqual([]);
    expect(claim(lane, aContext({ ...values, employmentId: null })).changes).toEqual([]);
  });

  it('that is not found is made again after a pause, for ever without doubling', () => {
    const { lane } = loseAndRead(aNewLane(), aContext(values), { outcome: 'absent' });
    expect(lane.retry?.count).toBe(1);
    expect(claim(lane, aContext(values, { now: wakeAt(lane, false) ?? 0 })).task.kind).toBe('create');
  });
});

describe('a lane of a database that went back', () => {
  const context = aContext({ ...values, givenName: 'V2' });
  const old: Lane = { ...linked, judgeFirst: true, due: true };

  it('still knows the value of an attempt of the backup as ours', () => {
    const sent = claim(linked, aContext({ ...values, givenName: 'V1' })).lane;
    const lost = record(sent, 'attempt-1', unknown, aContext({ ...values, givenName: 'V1' })).lane;
    const newest = aContext({ ...values, givenName: 'V2' }, { now: wakeAt(lost, false) ?? 0 });
    const settled = claim({ ...lost, judgeFirst: true }, { ...newest, id: 'reading' });
    const known = settle(settled.lane, 'reading', found({ ...values, givenName: 'V1' }), newest).lane;
    expect(known).toMatchObject({ judgeFirst: true, fields: { givenName: { base: 'V1', shown: 'V0' } } });
    const look = claim(known, newest);
    expect(look.task).toMatchObject({ kind: 'read' });
    const judged = record(look.lane, 'attempt-1', applied({ ...values, givenName: 'V1' }), newest);
    expect(judged.changes).toEqual([]);
    expect(claim(judged.lane, newest).task).toMatchObject({ kind: 'patch', operations: [{ value: 'V2' }] });
  });

  it.each<[string, string, string, object]>([
    ['holds what Huma says now', 'V2', 'nothing', { base: 'V2' }],
    ['holds what it held at the backup', 'V0', 'patch', { base: 'V0' }],
    ['holds what somebody else, or we since then, wrote', 'X', 'nothing', { base: 'V2', note: 'kept-foreign-value' }],
  ])('is judged by reading before anything is sent: PowerOffice %s', (_, read, next, state) => {
    const look = claim(old, context);
    expect(look.task).toEqual({ kind: 'read', employeeId: '7', accounts: true });
    const judged = record(look.lane, 'attempt-1', applied({ ...values, givenName: read }), context).lane;
    expect(judged.judgeFirst).toBe(false);
    expect(judged.fields.givenName).toMatchObject(state);
    expect(claim(judged, context).task.kind).toBe(next);
  });
});
