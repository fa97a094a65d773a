import type { Failure, ReadOutcome, WriteOutcome } from '@huma-poweroffice/poweroffice';
import { holdUpOf, type Answer, type HoldUp, type Reading, type Rejection } from '@huma-poweroffice/sync-rules';

type Applied = Omit<Extract<Answer, { outcome: 'applied' }>, 'outcome'>;
/** Removes every value that was sent or read from a text of PowerOffice's. */
export type Cut = (text: string) => string;

/** PowerOffice's own words, for people, without any value of the person. */
const detailOf = ({ title, detail, fieldErrors }: Failure, cut: Cut): string | null => {
  const texts = [
    title,
    detail,
    ...(fieldErrors ?? []).flatMap(({ field, messages }) => `${field}: ${messages.join(' ')}`),
  ];
  const given = texts.filter((text) => text !== undefined && text !== '');
  return given.length === 0 ? null : cut(given.join(' '));
};

/** PowerOffice's own refusal in the lane protocol's terms; null: the failure says nothing about the person. */
const rejectionOf = ({ kind, code }: Failure): Rejection | null => {
  switch (kind) {
    case 'forbidden':
      return 'not-permitted';
    case 'not-found':
      return 'not-found';
    case 'rejected':
      return code === 'conflict' ? 'conflict' : 'validation';
    case 'bug':
      return 'unexpected-status';
    case 'unauthorized':
    case 'unavailable':
    case 'unknown':
      return null;
  }
};

const unusable: ReadonlySet<Failure['code']> = new Set([
  'unreadable-answer',
  'answer-does-not-fit',
  'answer-too-large',
  'foreign-answer',
]);

const causeOf = ({ code }: Failure): HoldUp => (unusable.has(code) ? 'answer-not-usable' : 'poweroffice-unavailable');

const DEFAULT_RATE_LIMIT_MS = 1000;

/** Nothing was done and nothing learned of the person; a rate limit does not count as a failure of the person's. */
const nothingDone = (failure: Failure): Extract<Answer, { outcome: 'not-done' | 'rate-limited' }> => {
  const { code, retryAfterMs } = failure;
  if (code === 'rate-limited') return { outcome: 'rate-limited', retryAfterMs: retryAfterMs ?? DEFAULT_RATE_LIMIT_MS };
  return { outcome: 'not-done', reason: causeOf(failure), retryAfterMs: retryAfterMs ?? null };
};

const failedAs = (failure: Failure, cut: Cut): Answer => {
  const reason = rejectionOf(failure);
  return reason ? { outcome: 'refused', reason, detail: detailOf(failure, cut) } : nothingDone(failure);
};

/** What became of a write, in the lane protocol's terms. */
export const writeAnswer = <T>(outcome: WriteOutcome<T>, applied: (body: T) => Applied, cut: Cut): Answer => {
  switch (outcome.outcome) {
    case 'applied':
      return { outcome: 'applied', ...applied(outcome.body) };
    case 'refused':
      return failedAs(outcome.failure, cut);
    case 'not-sent':
      return nothingDone(outcome.failure);
    case 'unknown':
      return { outcome: 'unknown' };
  }
};

/** What became of a read that an attempt needed. Nothing was changed, so only PowerOffice's own refusals mean something. */
export const readAnswer = <T>(outcome: ReadOutcome<T>, applied: (value: T) => Applied, cut: Cut): Answer =>
  outcome.outcome === 'found' ? { outcome: 'applied', ...applied(outcome.value) } : failedAs(outcome.failure, cut);

/** A read-back or look-up that failed: nothing was learned, and why. */
export const failedReading = (failure: Failure): Extract<Reading, { outcome: 'failed' | 'rate-limited' }> => {
  const reason = rejectionOf(failure);
  if (!reason) {
    const nothing = nothingDone(failure);
    return nothing.outcome === 'rate-limited' ? nothing : { ...nothing, outcome: 'failed' };
  }
  return { outcome: 'failed', reason: holdUpOf(reason), retryAfterMs: failure.retryAfterMs ?? null };
};

/** What a read-back showed. */
export const readingOf = <T>(outcome: ReadOutcome<T>, found: (value: T) => Reading): Reading => {
  if (outcome.outcome === 'found') return found(outcome.value);
  return outcome.outcome === 'not-found' ? { outcome: 'absent' } : failedReading(outcome.failure);
};
