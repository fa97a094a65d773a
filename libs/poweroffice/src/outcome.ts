import { classify, type ErrorAnswer, type Failure, type TransportFailure } from './failure.js';

/** What became of a write. Only `unknown` needs a look before anything else is sent. */
export type WriteOutcome<T> =
  /** Done: the answer was read, and it is about what was asked for. */
  | { readonly outcome: 'applied'; readonly body: T }
  /** PowerOffice itself said no: not done. */
  | { readonly outcome: 'refused'; readonly failure: Failure }
  /** Not done, and nothing was learned: it provably never left, or the gateway did not pass it on. */
  | { readonly outcome: 'not-sent'; readonly failure: Failure }
  /** Done or not: a time-out, a reset, a 5xx, an answer that is not PowerOffice's own, a success that cannot be read. */
  | { readonly outcome: 'unknown'; readonly failure: Failure };

export type ReadOutcome<T> =
  | { readonly outcome: 'found'; readonly value: T }
  /** PowerOffice itself said that there is no such thing. */
  | { readonly outcome: 'not-found'; readonly failure: Failure }
  | { readonly outcome: 'failed'; readonly failure: Failure };

/** The outcome of a write that did not succeed. */
export const failedWrite = (failed: ErrorAnswer | TransportFailure): WriteOutcome<never> => {
  const failure = classify(failed, 'write');
  if (failure.kind === 'unknown') return { outcome: 'unknown', failure };
  const nothingLearned = failure.kind === 'unavailable' || 'sent' in failed;
  return { outcome: nothingLearned ? 'not-sent' : 'refused', failure };
};

/** The outcome of a read that did not succeed. */
export const failedRead = (failed: ErrorAnswer | TransportFailure): ReadOutcome<never> => {
  const failure = classify(failed, 'read');
  return { outcome: failure.kind === 'not-found' ? 'not-found' : 'failed', failure };
};
