import { classify, type ErrorAnswer, type Failure, type TransportFailure } from './failure.js';

/** What became of a write. Only `unknown` needs a look before anything else is sent. */
export type WriteOutcome<T> =
  /** Done. `body` is null where the answer could not be read: done all the same. */
  | { readonly outcome: 'applied'; readonly body: T | null }
  /** Answered by 4xx: not done. */
  | { readonly outcome: 'refused'; readonly failure: Failure }
  /** Proven never to have left: not done. */
  | { readonly outcome: 'not-sent'; readonly failure: Failure }
  /** Time-out, reset, every 5xx, anything else: done or not. */
  | { readonly outcome: 'unknown'; readonly failure: Failure };

export type ReadOutcome<T> =
  | { readonly outcome: 'found'; readonly value: T }
  | { readonly outcome: 'not-found'; readonly failure: Failure }
  | { readonly outcome: 'failed'; readonly failure: Failure };

/** The outcome of a write that did not end in 2xx. */
export const failedWrite = (failed: ErrorAnswer | TransportFailure): WriteOutcome<never> => {
  const failure = classify(failed, 'write');
  if ('sent' in failed) return { outcome: failed.sent ? 'unknown' : 'not-sent', failure };
  return { outcome: failed.status >= 400 && failed.status < 500 ? 'refused' : 'unknown', failure };
};

/** The outcome of a read that did not end in 2xx. */
export const failedRead = (failed: ErrorAnswer | TransportFailure): ReadOutcome<never> => {
  const failure = classify(failed, 'read');
  return { outcome: failure.kind === 'not-found' ? 'not-found' : 'failed', failure };
};
