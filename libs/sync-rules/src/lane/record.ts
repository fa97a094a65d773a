import { accountNumber, fields, mapValue, sameShown, type Field, type ShownValues } from '../fields.js';
import { sameValue, type Json } from '../json.js';
import { reasons, waitOf, type BlockReason, type HoldUp, type Rejection } from '../reasons.js';
import { backOff, isSeveral, kinds, pauseUntil } from './attempt.js';
import { mappingOf, type DecisionContext } from './context.js';
import { differences } from './differences.js';
import { LaneDraft } from './draft.js';
import type { Attempt, AttemptKind, Blocked, Lane, Refusal } from './lane.js';
import { withLooks } from './looks.js';
import type { Answer, Step } from './step.js';

type Applied = Extract<Answer, { outcome: 'applied' }>;

/** Rules 5 and 6. Records an answer, only while the lane still holds this attempt; otherwise everything is discarded. */
export const record = (lane: Lane, attemptId: string, answer: Answer, context: DecisionContext): Step => {
  const { attempt } = lane;
  if (attempt?.id !== attemptId) return { lane, task: undefined, changes: [] };
  const step = recordAnswer(new LaneDraft(lane), attempt, answer, context);
  return { ...step, lane: withLooks(step.lane, context) };
};

const recordAnswer = (draft: LaneDraft, attempt: Attempt, answer: Answer, context: DecisionContext): Step => {
  switch (answer.outcome) {
    case 'applied':
      return appliedBy[attempt.kind](draft, attempt, answer, context);
    case 'refused':
      return refused(draft, attempt, answer, context);
    case 'not-done':
      return again(draft, context, answer.reason, answer.retryAfterMs);
    case 'rate-limited':
      return draft.step({ attempt: null, due: true, retry: pauseUntil(draft.lane, context.now + answer.retryAfterMs) });
    case 'unknown':
      if (kinds[attempt.kind].writes) return draft.step({ due: true, attempt: { ...attempt, outcome: 'unknown' } });
      return again(draft, context, 'poweroffice-unavailable');
  }
};

/** Rule 22. Nothing was done and nothing learned: the same is decided again after a pause. */
const again = (draft: LaneDraft, context: DecisionContext, reason: HoldUp, askedMs: number | null = null): Step =>
  draft.step({ attempt: null, due: true, retry: backOff(draft.lane, context, reason, askedMs) });

/** The attempt taught something: it is closed, and the lane stays due if a field of rule 3 is left. */
export const finish = (draft: LaneDraft, change: Partial<Lane>, context: DecisionContext): Step => {
  const lane = draft.with({ attempt: null, retry: null, ...change });
  const due = lane.due || differences(new LaneDraft(lane), context).length > 0;
  return draft.step({ attempt: null, retry: null, ...change, due });
};

/** Nothing more is sent for the person until what the reason waits for has ended. */
export const block = (
  draft: LaneDraft,
  reason: BlockReason,
  detail: string | null,
  change: Partial<Lane> = {},
): Step => {
  const blocked: Blocked = { reason, detail, waitsFor: reasons[reason].waitsFor };
  return draft.step({ attempt: null, retry: null, due: false, asked: null, ...change, blocked });
};

/** Rules 5a and 11. Before a refusal is believed, it is looked into, when reads must show what arrived before. */
const lookInto = (draft: LaneDraft, attempt: Attempt, refusal: Refusal, context: DecisionContext): Step => {
  const settleAfter = context.now + context.timing.readLagMs;
  return draft.step({ due: true, attempt: { ...attempt, outcome: 'unknown', refusal, settleAfter } });
};

/** The values of the attempt are refused by PowerOffice, and wait for what the reason says. */
export const refuseValues = (draft: LaneDraft, attempt: Attempt, { reason, detail }: Refusal): void => {
  for (const field of fields) {
    const value = attempt.values[field];
    if (!value) continue;
    const waitsFor = waitOf(reason, field);
    draft.refuse(field, { value: value.huma, reason, detail, waitsFor, by: 'poweroffice' }, value.sent);
  }
};

const refused = (draft: LaneDraft, attempt: Attempt, refusal: Refusal, context: DecisionContext): Step => {
  if (!kinds[attempt.kind].writes) return refusedRead(draft, attempt, refusal, context);
  // Rule 5a. As long as the abilities say that the privilege is there, a 403 is believed only when it comes several times.
  if (refusal.reason === 'not-permitted' && !isSeveral(draft.lane)) return again(draft, context, 'not-permitted');
  // Rule 5a. A 404 says nothing about somebody who does not exist yet.
  if (attempt.kind === 'create' && refusal.reason === 'not-found') return again(draft, context, 'not-found');
  if (attempt.kind === 'create' || refusal.reason === 'not-found') return lookInto(draft, attempt, refusal, context);
  return refusal.reason === 'not-permitted'
    ? afterRefusal(draft, attempt, refusal, context)
    : refusedWrite(draft, attempt, refusal, context);
};

const afterRefusal = (draft: LaneDraft, attempt: Attempt, refusal: Refusal, context: DecisionContext): Step => {
  refuseValues(draft, attempt, refusal);
  const { lane } = draft;
  const isNews = fields.some((field) => attempt.values[field] && !lane.fields[field]?.refused);
  return finish(
    draft,
    {
      alone: lane.alone.filter((field) => !attempt.values[field]),
      account: attempt.kind === 'patch' ? lane.account : null,
      looks: isNews ? null : lane.looks,
    },
    context,
  );
};

const refusedWrite = (draft: LaneDraft, attempt: Attempt, refusal: Refusal, context: DecisionContext): Step => {
  const { lane } = draft;
  if (attempt.kind !== 'patch') return afterRefusal(draft, attempt, refusal, context);
  const names = Object.keys(attempt.values) as Field[];
  if (names.length + (attempt.writesReference ? 1 : 0) > 1)
    return draft.step({ attempt: null, due: true, alone: names, retry: null });
  if (names.length === 0 && lane.link) return finish(draft, { link: { ...lane.link, reference: 'refused' } }, context);
  // Rule 5a. The form of an address follows from what was shown, which may be old: read, and sent once more.
  const address = attempt.values.homeAddress?.huma;
  if (address !== undefined && !sameValue(draft.state('homeAddress').formLookedFor, address)) {
    draft.put('homeAddress', { shown: undefined, hidden: undefined, formLookedFor: address });
    return draft.step({ attempt: null, due: true, retry: null });
  }
  return afterRefusal(draft, attempt, refusal, context);
};

/** A read that PowerOffice itself refuses: 404 means that the employee is not there, anything else is tried a few times. */
const refusedRead = (draft: LaneDraft, attempt: Attempt, refusal: Refusal, context: DecisionContext): Step => {
  const { reason, detail } = refusal;
  if (attempt.kind === 'read' && reason === 'not-found') return block(draft, 'employee-gone', null, { alone: [] });
  if (!isSeveral(draft.lane)) return again(draft, context, holdUpOf(reason));
  if (attempt.kind === 'account-look') return afterRefusal(draft, attempt, refusal, context);
  return block(draft, reason, detail);
};

/** A refusal that is not believed yet, as the reason why the step learned nothing. */
export const holdUpOf = (reason: Rejection): HoldUp =>
  reason === 'conflict' || reason === 'account-closed' || reason === 'not-taken' ? 'validation' : reason;

/**
 * Fields of an attempt that arrived: the base becomes the attempt's Huma value. A field that the answer shows with another
 * value was not taken, whatever the status says.
 */
const applyValues = (draft: LaneDraft, attempt: Attempt, shown: ShownValues): void => {
  for (const field of fields) {
    const value = attempt.values[field];
    if (!value) continue;
    const answered = shown[field];
    if (answered !== undefined && !sameShown(field, answered, value.sent)) {
      const refusal = { value: value.huma, reason: 'not-taken', detail: null, by: 'poweroffice' } as const;
      draft.refuse(field, { ...refusal, waitsFor: waitOf('not-taken', field) }, value.sent);
      draft.put(field, { shown: answered, hidden: undefined });
    } else {
      draft.note(field, 'applied', value.sent);
      draft.settle(field, value.huma);
    }
  }
};

/** The lane of an employee that turns out to be archived: nothing more is written until somebody restores it. */
export const archived = (draft: LaneDraft, change: Partial<Lane> = {}): Step => {
  const link = change.link ?? draft.lane.link;
  return block(draft, 'employee-archived', link?.employeeId ?? null, change);
};

type Apply = (draft: LaneDraft, attempt: Attempt, answer: Applied, context: DecisionContext) => Step;

const applyPatch: Apply = (draft, attempt, answer, context) => {
  const { lane } = draft;
  const shown = answer.shown ?? {};
  applyValues(draft, attempt, shown);
  draft.seen(shown, { accounts: false });
  const link = lane.link && attempt.writesReference ? { ...lane.link, reference: 'ours' as const } : lane.link;
  const written = { link, alone: lane.alone.filter((field) => !attempt.values[field]), showsAt: readsShow(context) };
  return answer.archived ? archived(draft, written) : finish(draft, written, context);
};

const applyCreate: Apply = (draft, attempt, answer, context) => {
  // Without the id of the new employee the answer says nothing: it is found by its reference.
  if (answer.employeeId === null) return draft.step({ due: true, attempt: { ...attempt, outcome: 'unknown' } });
  const shown = answer.shown ?? {};
  applyValues(draft, attempt, shown);
  draft.seen(shown, { accounts: false });
  const link = { employeeId: answer.employeeId, clientId: attempt.clientId, reference: 'ours' as const };
  const seen = { shownAccountId: answer.accountId, showsAt: readsShow(context) };
  return finish(draft, { isNew: false, judgeFirst: false, blocked: null, link, ...seen }, context);
};

const numberOf = ({ values }: Attempt): string => (values.bankAccount ? accountNumber(values.bankAccount.sent) : '');

const applyAccountLook: Apply = (draft, attempt, answer, context) => {
  if (answer.closed) return afterRefusal(draft, attempt, { reason: 'account-closed', detail: null }, context);
  return finish(draft, { due: true, account: { number: numberOf(attempt), id: answer.accountId } }, context);
};

const applyAccountCreate: Apply = (draft, attempt, answer, context) => {
  // Without the id of the new account the answer says nothing: it is looked for by its number.
  if (answer.accountId === null) return draft.step({ due: true, attempt: { ...attempt, outcome: 'unknown' } });
  const account = { number: numberOf(attempt), id: answer.accountId };
  return finish(draft, { due: true, account, showsAt: readsShow(context) }, context);
};

/** Rule 17a. By when what was written now must show in a read. */
export const readsShow = ({ now, timing }: DecisionContext): number => now + timing.readLagMs;

const applySalary: Apply = (draft, attempt, answer, context) => {
  if (answer.accountId !== attempt.accountId)
    return afterRefusal(draft, attempt, { reason: 'not-taken', detail: null }, context);
  applyValues(draft, attempt, {});
  draft.put('bankAccount', { shown: attempt.values.bankAccount?.sent, hidden: undefined });
  return finish(draft, { account: null, shownAccountId: attempt.accountId, showsAt: readsShow(context) }, context);
};

const applyRead: Apply = (draft, attempt, answer, context) => {
  const shown = answer.shown ?? {};
  const accounts = 'bankAccount' in attempt.values || attempt.purpose === 'restored';
  if (!answer.archived) {
    if (attempt.purpose === 'restored') judgeAll(draft, shown, context);
    else judgeBeforeSending(draft, attempt, shown, context);
  }
  // What waits is judged when the employee is back: until then nothing that an archived employee shows is taken for known.
  if (answer.archived && attempt.purpose !== 'unseen') return archived(draft);
  // A look may lag, so it says nothing of what was shown before.
  draft.seen(shown, { accounts, onlyUnknown: attempt.purpose !== 'restored' });
  if (answer.archived) return archived(draft);
  const judged = attempt.purpose === 'restored' ? { judgeFirst: false, account: null } : {};
  return draft.step({
    ...judged,
    attempt: null,
    retry: null,
    due: true,
    asked: null,
    blocked: null,
    shownAccountId: answer.accountId,
  });
};

/**
 * Rules 6a and 6b. What PowerOffice has already need not be sent. Of a value that waited, what PowerOffice no longer shows
 * as it did is somebody else's and stays.
 */
const judgeBeforeSending = (draft: LaneDraft, attempt: Attempt, shown: ShownValues, context: DecisionContext): void => {
  for (const field of fields) {
    const value = attempt.values[field];
    const read = shown[field];
    if (!value) continue;
    const { refused: refusal } = draft.state(field);
    if (read !== undefined && sameShown(field, read, value.sent)) {
      draft.note(field, 'settled', read);
      draft.settle(field, value.huma);
    } else if (attempt.purpose !== 'unseen' && read !== undefined && isForeign(draft, field, read, context)) {
      draft.keepForeign(field, value.huma, read);
    } else if (refusal) draft.put(field, { refused: { ...refusal, looked: true } });
  }
};

/**
 * Whether PowerOffice shows something else than before. Where nobody had seen the field, it is compared with what was
 * settled: a value that waited for long is not sent over one that may be somebody else's.
 */
const isForeign = (draft: LaneDraft, field: Field, read: Json, context: DecisionContext): boolean => {
  const { shown, base } = draft.state(field);
  if (shown !== undefined) return !sameShown(field, read, shown);
  return base !== undefined && !isMapped(field, base, read, context);
};

/** Whether what was read is a value of Huma's as PowerOffice holds it. */
const isMapped = (field: Field, value: Json, read: Json, context: DecisionContext): boolean => {
  const mapped = mapValue(field, value, mappingOf(context));
  return 'send' in mapped && sameShown(field, read, mapped.send);
};

/**
 * After our database went back: each field is judged like one of an unknown attempt whose value is the base, because
 * PowerOffice may hold values that we wrote, or somebody else edited, after the state that was restored.
 */
const judgeAll = (draft: LaneDraft, shown: ShownValues, context: DecisionContext): void => {
  for (const field of fields) {
    const now = context.person?.values[field];
    const read = shown[field];
    if (now === undefined || read === undefined) continue;
    const { base, shown: before } = draft.state(field);
    if (isMapped(field, now, read, context)) draft.settle(field, now);
    else if (base !== undefined && isMapped(field, base, read, context)) continue;
    else if (before !== undefined && sameShown(field, read, before)) continue;
    else if (base !== undefined || read !== null) draft.keepForeign(field, now, read);
  }
};

const appliedBy: { readonly [K in AttemptKind]: Apply } = {
  patch: applyPatch,
  create: applyCreate,
  'account-look': applyAccountLook,
  'account-create': applyAccountCreate,
  'salary-set': applySalary,
  read: applyRead,
};
