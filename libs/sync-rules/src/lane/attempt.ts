import type { Int64 } from '@huma-poweroffice/poweroffice';
import type { HoldUp } from '../reasons.js';
import { type DecisionContext } from './context.js';
import type { Candidate } from './differences.js';
import type { Attempt, AttemptKind, Lane } from './lane.js';
import type { NextRequest } from './step.js';

interface KindRule {
  /** A write may have been done although its answer was lost; a read is simply made again. */
  readonly writes: boolean;
  /** How an unknown outcome, or an answer that is doubted, is settled. */
  readonly readBack: (lane: Lane, attempt: Attempt) => NextRequest | null;
}

const never = (): null => null;
const employee =
  (what: 'employee' | 'salary') =>
  ({ link }: Lane): NextRequest | null =>
    link && { kind: 'read-back', what, employeeId: link.employeeId };

/** What the kinds of attempts have in common and where they differ. */
export const kinds: { readonly [K in AttemptKind]: KindRule } = {
  patch: { writes: true, readBack: employee('employee') },
  create: { writes: true, readBack: ({ userId }) => ({ kind: 'look-up', reference: userId }) },
  'account-create': {
    writes: true,
    // An account that PowerOffice answered 404 to is not the question then, but whether the employee is there.
    readBack: ({ link }, { refusal }) =>
      link && { kind: 'read-back', what: refusal ? 'employee' : 'accounts', employeeId: link.employeeId },
  },
  'salary-set': { writes: true, readBack: employee('salary') },
  'account-look': { writes: false, readBack: never },
  read: { writes: false, readBack: never },
};

/** An attempt for the chosen values, decided from the context. */
export const newAttempt = (
  kind: AttemptKind,
  chosen: readonly Candidate[],
  context: DecisionContext,
  more?: Partial<Attempt>,
): Attempt => {
  const { sendWindowMs, clientTimeoutMs, processingMs, readLagMs, leaseMs } = context.timing;
  return {
    id: context.id,
    kind,
    clientId: context.tokenClientId,
    values: Object.fromEntries(chosen.map(({ field, huma, sent }) => [field, { huma, sent }])),
    version: context.person?.version ?? 0,
    leaseUntil: context.now + leaseMs,
    settleAfter: context.now + sendWindowMs + clientTimeoutMs + processingMs + readLagMs,
    outcome: 'open',
    refusal: null,
    writesReference: false,
    accountId: null,
    purpose: null,
    reading: null,
    ...more,
  };
};

/** Rule 7. A lease that ran out only makes the attempt unknown; a read or a read-back that ran out is repeated. */
export const expire = (lane: Lane, now: number): Lane => {
  const { attempt } = lane;
  if (!attempt) return lane;
  if (attempt.reading && attempt.reading.leaseUntil <= now) return { ...lane, attempt: { ...attempt, reading: null } };
  if (attempt.outcome !== 'open' || attempt.leaseUntil > now) return lane;
  if (!kinds[attempt.kind].writes) return { ...lane, due: true, attempt: null };
  return { ...lane, due: true, attempt: { ...attempt, outcome: 'unknown' } };
};

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 3_600_000;

/**
 * Rule 22. The pause after a step that learned nothing: a second at first, doubled each time, at most an hour, and never
 * shorter than PowerOffice asks for.
 */
export const backOff = (
  lane: Lane,
  { now, jitter }: Pick<DecisionContext, 'now' | 'jitter'>,
  reason: HoldUp,
  askedMs: number | null = null,
): NonNullable<Lane['retry']> => {
  const count = (lane.retry?.count ?? 0) + 1;
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(count - 1, 12)) * (1 + jitter / 4);
  return { count, notBefore: now + Math.max(Math.round(pause), askedMs ?? 0), reason };
};

/** A pause in which nothing went wrong: the count of steps that learned nothing stays. */
export const pauseUntil = (lane: Lane, notBefore: number): NonNullable<Lane['retry']> => ({
  count: lane.retry?.count ?? 0,
  notBefore,
  reason: lane.retry?.reason ?? null,
});

/** After how many steps in a row that learned nothing a person is informed, and a doubted refusal is believed. */
export const SEVERAL = 3;

/** Whether one more step that learned nothing makes several in a row. */
export const isSeveral = (lane: Lane): boolean => (lane.retry?.count ?? 0) + 1 >= SEVERAL;

/** The employee that requests of the lane go to with this token's client; null: there is none. */
export const linkedEmployee = ({ link }: Lane, { tokenClientId }: DecisionContext): Int64 | null =>
  link?.clientId === tokenClientId ? link.employeeId : null;
