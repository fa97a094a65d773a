import { aContext, aLinkedLane, aNewLane, applied, found, NOW, play } from '../../test/lane-builders.js';
import { SEVERAL } from './attempt.js';
import { claim } from './claim.js';
import { wakeAt, type Lane } from './lane.js';
import { record } from './record.js';
import { settle } from './settle.js';
import type { Answer } from './step.js';

const values = { givenName: 'Kari', familyName: 'Nordmann', email: 'kari@example.com', phone: '+4740000001' };
const shown = { ...values, homeAddress: null, bankAccount: null };
const bankAccount = { type: 'national', country: 'NO', number: '15030123457' };
const homeAddress = { line1: 'x', line2: null, line3: null, postalCode: '0155', city: 'Oslo', country: 'NO' };
const linked = aLinkedLane(values, shown);
const forbidden: Answer = { outcome: 'refused', reason: 'not-permitted', detail: null };
const invalid: Answer = { outcome: 'refused', reason: 'validation', detail: 'No.' };
const gone: Answer = { outcome: 'refused', reason: 'not-found', detail: null };
const notDone: Answer = { outcome: 'not-done', reason: 'poweroffice-unavailable', retryAfterMs: null };
const ask = (lane: Lane): Lane => ({ ...lane, due: true, asked: 'person' });
const refusedFields = ({ fields }: Lane): string[] =>
  Object.entries(fields).flatMap(([field, { refused }]) => (refused ? [field] : []));

describe('an answer', () => {
  const changed = aContext({ ...values, givenName: 'Karin' });
  const claimed = claim(linked, changed).lane;

  it('counts only for the attempt that the lane still holds', () => {
    expect(record(claimed, 'another', invalid, changed).lane).toBe(claimed);
  });

  it('that refuses several fields is followed by each of them alone', () => {
    const context = aContext({ ...values, givenName: 'Karin', email: 'new@example.com' });
    const refused = record(claim(linked, context).lane, 'attempt-1', invalid, context).lane;
    const first = claim(refused, { ...context, id: 'attempt-2' });
    expect(first.task).toMatchObject({ operations: [{ path: '/EmailAddress' }] });
    const parked = record(first.lane, 'attempt-2', invalid, context);
    expect(parked.lane.fields.email?.refused).toMatchObject({ detail: 'No.', waitsFor: 'change' });
    const second = claim(parked.lane, { ...context, id: 'attempt-3' });
    expect(second.task).toMatchObject({ operations: [{ path: '/FirstName' }] });
    const done = record(second.lane, 'attempt-3', applied({ ...shown, givenName: 'Karin' }), context).lane;
    expect([done.due, done.alone, done.blocked]).toEqual([false, [], null]);
  });

  it('that shows another value than was sent is a refusal, whatever its status', () => {
    const { lane, changes } = record(claimed, 'attempt-1', applied({ ...shown, givenName: 'KARI ANNE' }), changed);
    expect(lane.fields.givenName).toMatchObject({ base: 'Kari', refused: { reason: 'not-taken' } });
    expect(changes).toMatchObject([{ field: 'givenName', result: 'refused', reason: 'not-taken' }]);
  });

  it('that did nothing is followed by pauses that grow to an hour', () => {
    let lane = linked;
    let context = changed;
    const pauses: number[] = [];
    for (let tries = 0; tries < 16; tries += 1) {
      lane = record(claim(lane, context).lane, 'attempt-1', notDone, context).lane;
      const next = wakeAt(lane, false) ?? 0;
      pauses.push(next - context.now);
      context = { ...context, now: next };
    }
    expect(pauses.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(pauses.at(-1)).toBe(3_600_000);
    expect([...pauses].sort((a, b) => a - b)).toEqual(pauses);
  });

  it('that did nothing because PowerOffice was away is tried at once when PowerOffice is back', () => {
    const paused = record(claimed, 'attempt-1', notDone, changed).lane;
    expect(claim(paused, changed).task.kind).toBe('nothing');
    expect(claim({ ...paused, asked: 'poweroffice' }, changed).task.kind).toBe('patch');
    const unusable = record(claimed, 'attempt-1', { ...notDone, reason: 'answer-not-usable' } as Answer, changed).lane;
    expect(claim({ ...unusable, asked: 'poweroffice' }, changed).task.kind).toBe('nothing');
  });

  it('429 is no failure of the person, and says when to try again', () => {
    const { lane } = record(claimed, 'attempt-1', { outcome: 'rate-limited', retryAfterMs: 7000 }, changed);
    expect([lane.retry?.count, wakeAt(lane, false)]).toEqual([0, NOW + 7000]);
  });
});

describe('a privilege that is missing', () => {
  const context = aContext({ ...values, givenName: 'Karin', phone: '+4740000002' });

  it('is believed after several answers, once, not once per field', () => {
    const { lane, asked } = play(linked, context, () => forbidden);
    expect(asked).toEqual(Array.from({ length: SEVERAL }, () => 'patch'));
    expect(lane.fields.phone?.refused).toMatchObject({ reason: 'not-permitted', waitsFor: 'privilege' });
    expect(play({ ...lane, due: true }, context, () => forbidden).asked).toEqual([]);
  });

  it('is asked for again when it may be there, after a look', () => {
    const { lane } = play(linked, context, () => forbidden);
    for (const asked of ['privilege', 'person', 'look'] as const) {
      const again = play({ ...lane, due: true, asked }, context, (kind) =>
        kind === 'read' ? applied(shown) : applied({ ...shown, givenName: 'Karin', phone: '+4740000002' }),
      );
      expect(again.asked).toEqual(['read', 'patch']);
      expect(refusedFields(again.lane)).toEqual([]);
    }
  });

  it('is not asked for again for another reason', () => {
    const { lane } = play(linked, context, () => forbidden);
    expect(play({ ...lane, due: true, asked: 'freed-number' }, context, () => forbidden).asked).toEqual([]);
  });

  it('does not give the reference up', () => {
    const link = { employeeId: '7', clientId: 'c', reference: 'absent' } as const;
    const after = play({ ...linked, link }, aContext(values), () => forbidden);
    expect(after.lane.link?.reference).toBe('absent');
  });
});

describe('a value that was refused', () => {
  const context = aContext({ ...values, phone: '+4740000002' });
  const refused = play(linked, context, () => invalid).lane;

  it('is looked at by itself after minutes, then hours, then once a day', () => {
    const delays: number[] = [];
    let lane = refused;
    let now = NOW;
    for (let looks = 0; looks < 5; looks += 1) {
      const at = lane.looks?.at ?? 0;
      delays.push(Math.round((at - now) / 60_000));
      now = at;
      lane = play({ ...lane, due: true, asked: 'look' }, { ...context, now }, (kind) =>
        kind === 'read' ? applied(shown) : invalid,
      ).lane;
    }
    expect(delays).toEqual([5, 60, 360, 1440, 1440]);
  });

  it('is not sent over what somebody else entered meanwhile', () => {
    const { lane, asked } = play(ask(refused), context, () => applied({ ...shown, phone: '+4741111111' }));
    expect(asked).toEqual(['read']);
    expect(lane.fields.phone).toMatchObject({ base: '+4740000002', note: 'kept-foreign-value' });
  });

  it('is sent without a look once Huma says something else', () => {
    const newer = aContext({ ...values, phone: '+4740000003' });
    const { asked } = play({ ...refused, due: true }, newer, () => applied({ ...shown, phone: '+4740000003' }));
    expect(asked).toEqual(['patch']);
  });

  it('and is taken back in Huma is settled', () => {
    const back = claim({ ...refused, due: true }, aContext(values));
    expect(back.changes).toMatchObject([{ field: 'phone', result: 'taken-back' }]);
    expect(refusedFields(back.lane)).toEqual([]);
  });

  it('is tried again for a person who asks, also where it needs requests of its own', () => {
    const all = aContext({ ...values, phone: '+4740000002', bankAccount, homeAddress });
    const first = play(linked, all, (kind) => {
      if (kind === 'account-look') return applied(null, { accountId: '3' });
      return kind === 'read' ? applied(shown) : invalid;
    });
    expect(refusedFields(first.lane).sort()).toEqual(['bankAccount', 'homeAddress', 'phone']);
    const { asked, lane } = play(ask(first.lane), all, (kind) => {
      if (kind === 'account-look' || kind === 'salary-set') return applied(null, { accountId: '3' });
      return kind === 'read'
        ? applied(shown)
        : applied({ ...shown, phone: '+4740000002', homeAddress: undefined } as never);
    });
    expect([...new Set(asked)]).toEqual(['read', 'patch', 'account-look', 'salary-set']);
    expect(refusedFields(lane)).toEqual([]);
  });
});

describe('an address whose form is refused', () => {
  it('is read, and sent once more in the form for what is there', () => {
    const there = { addressLine1: 'y', addressLine2: null, zipCode: '0150', city: 'Oslo', countryCode: 'NO' };
    const lane = aLinkedLane({ ...values, homeAddress: null }, { ...shown, homeAddress: there });
    const context = aContext({ ...values, homeAddress });
    const operations: unknown[] = [];
    let at = lane;
    for (const answer of [invalid, applied(shown), applied({ ...shown, homeAddress: undefined } as never)]) {
      const step = claim(at, context);
      operations.push(step.task);
      at = record(step.lane, 'attempt-1', answer, context).lane;
    }
    expect(operations).toMatchObject([
      { operations: expect.arrayContaining([expect.objectContaining({ path: '/MailAddress/City' })]) as object },
      { kind: 'read' },
      { operations: [{ op: 'add', path: '/MailAddress' }] },
    ]);
    expect(refusedFields(at)).toEqual([]);
  });
});

describe('a closed account', () => {
  it('is neither set nor made again', () => {
    const context = aContext({ ...values, bankAccount });
    const { lane, asked } = play(linked, context, () => applied(null, { closed: true }));
    expect(asked).toEqual(['account-look']);
    expect(lane.fields.bankAccount?.refused).toMatchObject({ reason: 'account-closed', waitsFor: 'account-open' });
  });
});

describe('an employee who is out of reach', () => {
  const changed = aContext({ ...values, givenName: 'Karin' });

  it('is not written any more once an answer shows it archived, until a look shows it restored', () => {
    const isArchived = applied({ ...shown, givenName: 'Karin' }, { archived: true });
    const archived = record(claim(linked, changed).lane, 'attempt-1', isArchived, changed).lane;
    expect(archived).toMatchObject({ due: false, blocked: { reason: 'employee-archived', waitsFor: 'employee-back' } });
    const newer = aContext({ ...values, givenName: 'Kirsten' });
    expect(claim({ ...archived, due: true }, newer).task.kind).toBe('nothing');
    const later = { ...newer, now: NOW + 10_000 };
    const looking = claim(ask(archived), later);
    expect(looking.task).toMatchObject({ kind: 'read' });
    expect(record(looking.lane, 'attempt-1', isArchived, later).lane.blocked?.reason).toBe('employee-archived');
    const restored = record(looking.lane, 'attempt-1', applied({ ...shown, givenName: 'Karin' }), later).lane;
    expect(claim(restored, later).task).toMatchObject({ operations: [{ value: 'Kirsten' }] });
  });

  it('is doubted after a 404, and blocked only when a read does not find it', () => {
    const doubted = record(claim(linked, changed).lane, 'attempt-1', gone, changed).lane;
    expect(doubted.blocked).toBeNull();
    const later = { ...changed, now: NOW + 5000, id: 'reading-1' };
    const reading = claim(doubted, later);
    expect(reading.task.kind).toBe('read-back');
    const blocked = settle(reading.lane, 'reading-1', { outcome: 'absent' }, later).lane;
    expect(blocked.blocked?.reason).toBe('employee-gone');
    expect(wakeAt(blocked, false)).toBe(later.now + 5 * 60_000);
  });

  it('that passes costs nothing: the value is sent again, and refused only after several', () => {
    let answers = 0;
    const passing = play(linked, changed, (kind) => {
      if (kind === 'read-back') return found(shown);
      answers += 1;
      return answers === 1 ? gone : applied({ ...shown, givenName: 'Karin' });
    });
    expect(passing.asked).toEqual(['patch', 'read-back', 'patch']);
    expect(passing.lane.fields.givenName).toMatchObject({ base: 'Karin' });
    const lasting = play(linked, changed, (kind) => (kind === 'read-back' ? found(shown) : gone));
    expect(lasting.asked.filter((kind) => kind === 'patch')).toHaveLength(SEVERAL);
    expect(lasting.lane.fields.givenName?.refused).toMatchObject({ reason: 'not-found', waitsFor: 'employee-back' });
  });
});

describe('a read that PowerOffice refuses', () => {
  const unseen = aLinkedLane(values, { ...shown, bankAccount: undefined } as never, '3');
  const context = aContext({ ...values, bankAccount });

  it('is tried a few times, then blocks with the reason and is looked at again', () => {
    const { lane, asked } = play(unseen, context, () => forbidden);
    expect(asked).toEqual(Array.from({ length: SEVERAL }, () => 'read'));
    expect(lane.blocked).toMatchObject({ reason: 'not-permitted', waitsFor: 'privilege' });
    expect(lane.looks).not.toBeNull();
  });
});

describe('a create', () => {
  it('that is refused for a missing privilege is not tried with fewer fields', () => {
    const { lane } = play(aNewLane(), aContext(values), (kind) =>
      kind === 'look-up' ? { outcome: 'absent' } : forbidden,
    );
    expect(lane).toMatchObject({ due: false, alone: [], blocked: { reason: 'not-permitted' } });
  });

  it('that is refused for one of its values is made with the fewest, and the others follow alone', () => {
    const { asked } = play(aNewLane(), aContext(values), (kind) => {
      if (kind === 'look-up') return { outcome: 'absent' };
      return kind === 'create' ? invalid : invalid;
    });
    expect(asked).toEqual(['create', 'look-up', 'create', 'look-up']);
  });
});
