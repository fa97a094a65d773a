import { accountNumber, fields, mapValue, sameShown, type Field, type ShownValues } from '../fields.js';
import { backOff, isSeveral, pauseUntil } from './attempt.js';
import { mappingOf, type DecisionContext } from './context.js';
import { LaneDraft } from './draft.js';
import type { Attempt, Lane } from './lane.js';
import { withLooks } from './looks.js';
import { archived, block, holdUpOf, readsShow, refuseValues } from './record.js';
import type { Reading, Step } from './step.js';

type Found = Extract<Reading, { outcome: 'found' }>;

/** Rules 8, 9 and 11. Settles an unknown attempt by what was read, only while the lane still holds this read-back. */
export const settle = (lane: Lane, readingId: string, reading: Reading, context: DecisionContext): Step => {
  const { attempt } = lane;
  if (attempt?.reading?.id !== readingId) return { lane, task: undefined, changes: [] };
  const step = settleAttempt(new LaneDraft(lane), attempt, reading, context);
  return { ...step, lane: withLooks(step.lane, context) };
};

const settleAttempt = (draft: LaneDraft, attempt: Attempt, reading: Reading, context: DecisionContext): Step => {
  if (reading.outcome === 'failed') {
    const retry = backOff(draft.lane, context, reading.reason, reading.retryAfterMs);
    return draft.step({ retry, attempt: { ...attempt, reading: null } });
  }
  if (reading.outcome === 'rate-limited') {
    const retry = pauseUntil(draft.lane, context.now + reading.retryAfterMs);
    return draft.step({ retry, attempt: { ...attempt, reading: null } });
  }
  if (attempt.kind === 'create') return settleCreate(draft, attempt, reading, context);
  if (reading.outcome === 'accounts') return settleAccount(draft, attempt, reading, context);
  // What may have arrived there is not forgotten: it is judged when the employee is seen again.
  if (reading.outcome === 'absent') {
    const { retry } = draft.lane;
    return block(draft, 'employee-gone', null, { alone: [], due: true, retry, attempt: { ...attempt, reading: null } });
  }
  return settleEmployee(draft, attempt, reading, context);
};

/** Nothing of the attempt arrived: the same is decided again after a pause (rule 22), or refused after several 404s. */
const nothingArrived = (
  draft: LaneDraft,
  attempt: Attempt,
  context: DecisionContext,
  change: Partial<Lane> = {},
): Step => {
  const { refusal } = attempt;
  if (refusal && isSeveral(draft.lane)) {
    refuseValues(draft, attempt, refusal);
    return draft.step({ attempt: null, due: true, retry: null, account: null, ...change });
  }
  const reason = refusal ? holdUpOf(refusal.reason) : 'poweroffice-unavailable';
  return draft.step({ attempt: null, due: true, retry: backOff(draft.lane, context, reason), ...change });
};

/** Rule 17. The account was looked for again: found by its number means that it was made. */
const settleAccount = (
  draft: LaneDraft,
  attempt: Attempt,
  reading: Extract<Reading, { outcome: 'accounts' }>,
  context: DecisionContext,
): Step => {
  const number = attempt.values.bankAccount ? accountNumber(attempt.values.bankAccount.sent) : '';
  if (reading.closed) {
    refuseValues(draft, attempt, { reason: 'account-closed', detail: null });
    return draft.step({ attempt: null, due: true, asked: null, retry: null, account: null });
  }
  const account = { number, id: reading.id };
  if (reading.id === null) return nothingArrived(draft, attempt, context, { account });
  return draft.step({ attempt: null, due: true, retry: null, account, showsAt: readsShow(context) });
};

/** What an employee is created with when PowerOffice refused more. */
const neededToCreate: readonly Field[] = ['email', 'givenName', 'familyName'];

/** Rule 11. A create whose answer is missing or was refused is looked up by its reference. */
const settleCreate = (draft: LaneDraft, attempt: Attempt, reading: Reading, context: DecisionContext): Step => {
  if (reading.outcome !== 'found') return notCreated(draft, attempt, context);
  judgeValues(draft, attempt, reading.shown, context);
  // Not one that we remember: what else it shows may be ours of an earlier time, or somebody else's, and is judged next.
  const isRemembered = attempt.purpose !== 'restored' && !draft.lane.judgeFirst;
  if (isRemembered) draft.seen(reading.shown, { accounts: true });
  const link = { employeeId: reading.employeeId, clientId: attempt.clientId, reference: 'ours' as const };
  const created: Partial<Lane> = {
    link,
    isNew: false,
    blocked: null,
    shownAccountId: reading.accountId,
    judgeFirst: !isRemembered,
  };
  if (reading.archived) return archived(draft, created);
  return draft.step({ ...created, attempt: null, retry: null, due: true });
};

const notCreated = (draft: LaneDraft, attempt: Attempt, context: DecisionContext): Step => {
  const { refusal } = attempt;
  // Sent again: the reference is unique, so a late create of ours cannot be doubled.
  if (!refusal) return nothingArrived(draft, attempt, context);
  // One bad field must not hold the person: created with the fewest, the others follow one by one.
  const dispensable = (Object.keys(attempt.values) as Field[]).filter((field) => !neededToCreate.includes(field));
  // A missing privilege is missing for every field.
  if (dispensable.length > 0 && refusal.reason !== 'not-permitted')
    return draft.step({ attempt: null, due: true, retry: null, alone: dispensable });
  return block(draft, refusal.reason, refusal.detail);
};

const settleEmployee = (draft: LaneDraft, attempt: Attempt, reading: Found, context: DecisionContext): Step => {
  // An employee was read for an account only because PowerOffice answered 404: of the account that says nothing.
  if (attempt.kind !== 'account-create') judgeValues(draft, attempt, reading.shown, context);
  // After our database went back, what was shown before is still needed to judge the other fields.
  if (!draft.lane.judgeFirst) draft.seen(reading.shown, { accounts: attempt.kind === 'salary-set' });
  const seen: Partial<Lane> = { shownAccountId: reading.accountId, blocked: null, asked: null };
  if (reading.archived) return archived(draft, seen);
  if (draft.changes.every(({ result }) => result === 'repeated')) return nothingArrived(draft, attempt, context, seen);
  const account = attempt.kind === 'salary-set' ? null : draft.lane.account;
  return draft.step({ ...seen, attempt: null, due: true, retry: null, account });
};

/** Rule 9. Each of the attempt's fields against what was read. */
const judgeValues = (draft: LaneDraft, attempt: Attempt, read: ShownValues, context: DecisionContext): void => {
  for (const field of fields) {
    const value = attempt.values[field];
    if (value) judge(draft, field, value, read[field], context);
  }
};

const judge = (
  draft: LaneDraft,
  field: Field,
  value: NonNullable<Attempt['values'][Field]>,
  read: ShownValues[Field],
  context: DecisionContext,
): void => {
  const now = context.person?.values[field];
  const mapped = now === undefined ? null : mapValue(field, now, mappingOf(context));
  // Before it was created an employee showed nothing.
  const before = draft.lane.link ? draft.state(field).shown : null;
  if (read === undefined) {
    // Hidden from us: it is sent again after the wait.
    draft.note(field, 'repeated', value.sent);
  } else if (now !== undefined && mapped && 'send' in mapped && sameShown(field, read, mapped.send)) {
    draft.note(field, 'settled', read);
    draft.settle(field, now);
  } else if (sameShown(field, read, value.sent)) {
    draft.note(field, 'settled', read);
    draft.settle(field, value.huma);
  } else if (before === undefined) {
    // It was hidden when the value was sent, so nobody can tell an old value from somebody else's.
    draft.note(field, 'repeated', value.sent);
  } else if (!sameShown(field, read, before)) {
    // After our database went back nobody knows what Huma's newest value was written over.
    draft.keepForeign(field, draft.lane.judgeFirst && now !== undefined ? now : value.huma, read);
  }
  // Else nothing of ours arrived: the base stays, and the field is due.
};
