import type { Int64 } from '@huma-poweroffice/poweroffice';
import { accountNumber, type Field } from '../fields.js';
import { employeeBody, patchOperations } from '../patch.js';
import { reasons, type BlockReason } from '../reasons.js';
import { backOff, expire, kinds, linkedEmployee, newAttempt, pauseUntil, SEVERAL } from './attempt.js';
import { lockReason, type DecisionContext } from './context.js';
import { differences, isUnseen, type Candidate } from './differences.js';
import { LaneDraft } from './draft.js';
import {
  isOutOfReach,
  isWaitingUnsettled,
  type AttemptKind,
  type Blocked,
  type Lane,
  type ReadPurpose,
} from './lane.js';
import { withLooks } from './looks.js';
import type { NextRequest, Step, Task } from './step.js';

const NOTHING: Task = { kind: 'nothing' };

const blockedBy = (reason: BlockReason, detail: string | null = null): Blocked => ({
  reason,
  detail,
  waitsFor: reasons[reason].waitsFor,
});

/** Rule 3. One transaction claims, decides and records the intent: claiming is writing the intent. */
export const claim = (before: Lane, context: DecisionContext): Step<Task> => {
  const step = decide(before, context);
  return { ...step, lane: withLooks(step.lane, context) };
};

const decide = (before: Lane, context: DecisionContext): Step<Task> => {
  const reason = lockReason(context);
  const expired = expire(before, context.now);
  const lane: Lane = { ...expired, locked: before.link ? reason : null };
  const idle = (l: Lane = lane): Step<Task> => ({ lane: l, task: NOTHING, changes: [] });
  if (reason !== null || !context.connection.active) return idle();
  if (context.tokenClientId !== context.connection.clientId) return idle();
  if (lane.attempt) return readBack(lane, context) ?? idle();

  const awake = lookIsDue(lane, context) ? { ...lane, due: true, asked: 'look' as const } : lane;
  if (!awake.due || isPausing(awake, context)) return idle(awake);
  const employeeId = linkedEmployee(awake, context);
  if (employeeId !== null) return decideLinked(awake, employeeId, context);
  // Nobody wants this person in PowerOffice yet, so nothing of them is judged.
  if (!awake.isNew || !context.connection.createUsers) return idle({ ...awake, due: false, asked: null });
  return decideCreate(awake, context);
};

/** Rule 22. A pause ends before its time for somebody who waits for the answer, and when what the lane waits for has ended. */
const isPausing = ({ retry, asked, link }: Lane, { now }: DecisionContext): boolean => {
  const hasEnded =
    asked === 'person' ||
    (asked === 'poweroffice' && retry?.reason === 'poweroffice-unavailable') ||
    // That an attempt with the email is settled also means that PowerOffice has answered.
    (asked === 'freed-email' && (retry?.reason === 'email-in-flight' || retry?.reason === 'poweroffice-unavailable')) ||
    (asked === 'employees-list' && link === null && retry?.reason === null);
  return retry !== null && retry.notBefore > now && !hasEnded;
};

const lookIsDue = (lane: Lane, { now }: DecisionContext): boolean =>
  (!lane.due || isWaitingUnsettled(lane)) && lane.looks !== null && lane.looks.at <= now;

/** Rule 8. A read-back of an unsettled lane, once everything sent before must have arrived and must show. */
const readBack = (lane: Lane, context: DecisionContext): Step<Task> | null => {
  const { attempt } = lane;
  if (attempt?.outcome !== 'unknown' || attempt.reading || attempt.settleAfter > context.now) return null;
  if (isPausing(lane, context)) return null;
  if (isWaitingUnsettled(lane) && lane.asked === null && !lookIsDue(lane, context)) return null;
  // Rule 2. What was sent to another client cannot be read back with this token.
  if (attempt.clientId !== context.tokenClientId) return null;
  const task = kinds[attempt.kind].readBack(lane, attempt);
  if (!task) return null;
  const reading = { id: context.id, leaseUntil: context.now + context.timing.leaseMs };
  return { lane: { ...lane, attempt: { ...attempt, reading } }, task, changes: [] };
};

const namesToCreate: readonly Field[] = ['givenName', 'familyName'];

/** Rules 10 and 10a. Creating, for a lane that is new: never while somebody in PowerOffice may have the email already. */
const decideCreate = (lane: Lane, context: DecisionContext): Step<Task> => {
  const { index } = context;
  if (!index.fresh) {
    const { problem } = index;
    if (problem && problem.nextTryAt > context.now) return waitForIndex(lane, problem);
    // A pause that was ended before its time has ended for the claim after the refresh as well.
    const retry = lane.retry && { ...lane.retry, notBefore: Math.min(lane.retry.notBefore, context.now) };
    return { lane: { ...lane, retry }, task: { kind: 'refresh-index' }, changes: [] };
  }
  const draft = new LaneDraft(lane);
  const found = differences(draft, context);
  const rest: Partial<Lane> = { due: false, asked: null, retry: null };
  const ours = index.sameEmail.find((e) => e.reference === lane.userId);
  if (!ours && index.sameEmail.length > 0) {
    const detail = index.sameEmail.map((e) => e.employeeId).join(', ');
    return draft.step({ ...rest, blocked: blockedBy('email-exists', detail) }, NOTHING);
  }
  if (!ours && index.inFlight) {
    return draft.step({ due: true, asked: null, retry: backOff(lane, context, 'email-in-flight') }, NOTHING);
  }
  const chosen = found.filter(({ field }) => field !== 'bankAccount' && !lane.alone.includes(field));
  if (!namesToCreate.every((name) => chosen.some(({ field }) => field === name))) {
    const forbidden = namesToCreate.some((name) => draft.state(name).refused?.reason === 'not-permitted');
    return draft.step({ ...rest, blocked: blockedBy(forbidden ? 'not-permitted' : 'name-missing') }, NOTHING);
  }
  if (ours) {
    // An earlier create of ours that our database does not remember: it is judged by its reference, not repeated.
    const unknown = { outcome: 'unknown', settleAfter: context.now, purpose: 'restored' } as const;
    const attempt = newAttempt('create', chosen, context, unknown);
    const claimed = draft.with({ ...rest, blocked: null, attempt });
    return { ...(readBack(claimed, context) ?? { lane: claimed, task: NOTHING }), changes: draft.changes };
  }
  const values = Object.fromEntries(chosen.map(({ field, sent }) => [field, sent]));
  return draft.step(
    { due: false, asked: null, blocked: null, attempt: newAttempt('create', chosen, context) },
    { kind: 'create', body: employeeBody(values, lane.userId) },
  );
};

type IndexProblem = NonNullable<DecisionContext['index']['problem']>;

/**
 * The index cannot be read: the person is blocked with the reason, after several tries where it may only be an outage, and
 * each next try is waited for.
 */
const waitForIndex = (lane: Lane, { reason, failures, nextTryAt }: IndexProblem): Step<Task> => {
  const isCertain = reason !== 'poweroffice-unavailable' || failures >= SEVERAL;
  const blocked: Blocked = { reason, detail: null, waitsFor: 'employees-list' };
  // Whatever the lane paused for before, a list that can be read ends this pause.
  const retry = { ...pauseUntil(lane, nextTryAt), reason: null };
  return {
    lane: { ...lane, due: true, asked: null, retry, blocked: isCertain ? blocked : lane.blocked },
    task: NOTHING,
    changes: [],
  };
};

/** What a linked person needs now: a look first, one patch, or a step of the salary account. */
const decideLinked = (lane: Lane, employeeId: Int64, context: DecisionContext): Step<Task> => {
  // A blocked person is looked at only when its reason may have ended.
  if (isOutOfReach(lane) && lane.asked === null)
    return { lane: { ...lane, due: false, retry: null }, task: NOTHING, changes: [] };
  if (lane.judgeFirst) return read(new LaneDraft(lane), [], 'restored', employeeId, context);
  const draft = new LaneDraft(lane);
  const found = differences(draft, context);
  if (lane.blocked) return read(draft, found, 'blocked', employeeId, context);
  const again = found.filter(({ sameAgain }) => sameAgain);
  if (again.length > 0) return read(draft, again, 'same-again', employeeId, context);
  const { together, single, account } = split(lane, found);
  const chosen = together.length > 0 ? together : single;
  const unseen =
    chosen.length > 0 ? chosen.filter((c) => isUnseen(draft.state(c.field))) : unseenAccount(draft, account);
  if (unseen.length > 0) return read(draft, unseen, 'unseen', employeeId, context);
  // The reference costs a request of its own only when nothing else is sent.
  const writable = lane.link?.reference === 'absent' || lane.link?.reference === 'former';
  const writesReference = writable && single.length === 0 && (chosen.length > 0 || !account);
  if (chosen.length > 0 || writesReference) {
    const operations = chosen.flatMap(({ field, sent }) => patchOperations(field, sent, draft.state(field).shown));
    if (writesReference) operations.push({ op: 'replace', path: '/ExternalImportReference', value: lane.userId });
    for (const { field } of chosen) draft.put(field, { pair: undefined });
    const attempt = newAttempt('patch', chosen, context, { writesReference });
    const left = account !== null || (together.length > 0 && single.length > 0);
    return draft.step(
      { due: left, asked: left ? lane.asked : null, attempt },
      { kind: 'patch', employeeId, operations },
    );
  }
  if (account) return decideAccount(draft, account, employeeId, context);
  return draft.step({ due: false, asked: null, retry: null, account: null }, NOTHING);
};

interface Split {
  readonly together: readonly Candidate[];
  /** At most one of the fields that are sent one by one. */
  readonly single: readonly Candidate[];
  readonly account: Candidate | null;
}

const split = ({ alone }: Lane, found: readonly Candidate[]): Split => {
  const patchable = found.filter(({ field }) => field !== 'bankAccount');
  return {
    together: patchable.filter(({ field }) => !alone.includes(field)),
    single: patchable.filter(({ field }) => alone.includes(field)).slice(0, 1),
    account: found.find(({ field }) => field === 'bankAccount') ?? null,
  };
};

const unseenAccount = (draft: LaneDraft, account: Candidate | null): Candidate[] =>
  account && isUnseen(draft.state('bankAccount')) ? [account] : [];

/** Rules 6a and 6b. PowerOffice is read before something is written; the lane stays due. */
const read = (
  draft: LaneDraft,
  chosen: readonly Candidate[],
  purpose: ReadPurpose,
  employeeId: Int64,
  context: DecisionContext,
): Step<Task> => {
  if (purpose !== 'unseen' && mayLag(draft.lane, context)) return waitToShow(draft);
  const accounts = purpose === 'restored' || chosen.some(({ field }) => field === 'bankAccount');
  const attempt = newAttempt('read', chosen, context, { purpose });
  return draft.step({ due: true, attempt }, { kind: 'read', employeeId, accounts });
};

/** Rule 17a. Our last write may not show in a read yet. */
const mayLag = ({ showsAt }: Lane, { now }: DecisionContext): boolean => showsAt !== null && showsAt > now;

const waitToShow = (draft: LaneDraft, change: Partial<Lane> = {}): Step<Task> =>
  draft.step({ due: true, retry: pauseUntil(draft.lane, draft.lane.showsAt ?? 0), ...change }, NOTHING);

/** Rule 17. The salary account: look for it, create it where it is missing, point to it; each an attempt of its own. */
const decideAccount = (
  draft: LaneDraft,
  account: Candidate,
  employeeId: Int64,
  context: DecisionContext,
): Step<Task> => {
  const { lane } = draft;
  const number = accountNumber(account.sent);
  const known = lane.account?.number === number ? lane.account : null;
  // An account that this lane made may not show yet, and a look before that would make it twice.
  if (!known && mayLag(lane, context)) return waitToShow(draft, { account: null });
  draft.put('bankAccount', { pair: undefined });
  const begin = (kind: AttemptKind, task: NextRequest, accountId: Int64 | null = null): Step<Task> =>
    draft.step(
      { due: false, asked: null, account: known, attempt: newAttempt(kind, [account], context, { accountId }) },
      task,
    );
  if (!known) return begin('account-look', { kind: 'account-look', employeeId });
  if (known.id === null) return begin('account-create', { kind: 'account-create', employeeId, account: account.sent });
  return begin('salary-set', { kind: 'salary-set', employeeId, accountId: known.id }, known.id);
};
