import { readProblem, type FieldError } from './problem.js';

/**
 * - `rejected`: will not work until something changes
 * - `unavailable`: nothing was done; later it may work
 * - `unknown`: a write whose effect nobody can tell before reading
 * - `unauthorized`, `forbidden`: the customer's key or privileges do not allow it
 * - `bug`: our request or our reading of the answer is wrong
 */
export type FailureKind = 'rejected' | 'unavailable' | 'unknown' | 'unauthorized' | 'forbidden' | 'not-found' | 'bug';

export type FailureCode =
  | 'validation'
  | 'conflict'
  | 'token-refused'
  | 'subscription-key-refused'
  | 'gateway-refused'
  | 'forbidden'
  | 'not-found'
  | 'rate-limited'
  | 'timed-out'
  | 'server-error'
  | 'unexpected-status'
  | 'unreadable-answer'
  | 'url-too-long'
  | 'deadline-passed'
  | 'not-connected'
  | 'cancelled'
  | 'connection-lost';

/** Why a request failed. Texts are PowerOffice's, masked, for people; decide by `kind` and `code`. */
export interface Failure {
  readonly kind: FailureKind;
  readonly code: FailureCode;
  readonly status?: number;
  readonly title?: string;
  readonly detail?: string;
  readonly fieldErrors?: readonly FieldError[];
  /** Milliseconds to wait before anything is sent with the same subscription key. */
  readonly retryAfterMs?: number;
}

/** An answer that came, as far as it can be told from a success. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: string;
  /** The header `Retry-After`: seconds or an HTTP date. */
  readonly retryAfter?: string | undefined;
  /** The header `WWW-Authenticate`. */
  readonly wwwAuthenticate?: string | undefined;
  /** When it came, in milliseconds since 1970: only for a `Retry-After` that is a date. */
  readonly receivedAt: number;
}

/** No usable answer came. `sent` is false only where it is proven that no byte of the request left. */
export interface TransportFailure {
  readonly sent: boolean;
  readonly code: 'deadline-passed' | 'not-connected' | 'cancelled' | 'timed-out' | 'connection-lost' | 'url-too-long';
}

export type Effect = 'read' | 'write';

const SECOND = 1000;
const LONGEST_WAIT = 3600 * SECOND;

/**
 * How long a `Retry-After` asks to wait, in milliseconds: seconds or an HTTP date, at least one second (PowerOffice's
 * own advice, also where nothing usable is said), at most an hour.
 */
export const readRetryAfter = (header: string | undefined, now: number): number => {
  const text = header?.trim() ?? '';
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * SECOND : Date.parse(text) - now;
  return Number.isNaN(wait) ? SECOND : Math.ceil(Math.min(Math.max(wait, SECOND), LONGEST_WAIT));
};

type Verdict = readonly [FailureKind, FailureCode];

const unauthorized = (answer: ErrorAnswer, fromGateway: boolean): Verdict => {
  const scheme = answer.wwwAuthenticate?.trim().split(/\s/, 1)[0]?.toLowerCase();
  const subscriptionKey = scheme === undefined ? fromGateway : scheme === 'azureapimanagementkey';
  return subscriptionKey ? ['unavailable', 'subscription-key-refused'] : ['unauthorized', 'token-refused'];
};

const judge = (answer: ErrorAnswer, fromGateway: boolean, effect: Effect): Verdict => {
  const { status } = answer;
  if (status === 400 || status === 422) return ['rejected', 'validation'];
  if (status === 401) return unauthorized(answer, fromGateway);
  if (status === 403) return fromGateway ? ['unavailable', 'gateway-refused'] : ['forbidden', 'forbidden'];
  if (status === 404) return ['not-found', 'not-found'];
  if (status === 408) return ['unavailable', 'timed-out'];
  if (status === 409) return ['rejected', 'conflict'];
  if (status === 429) return ['unavailable', 'rate-limited'];
  if (status >= 400 && status < 500) return ['bug', 'unexpected-status'];
  const code = status >= 500 ? 'server-error' : 'unexpected-status';
  return [effect === 'write' ? 'unknown' : status >= 500 ? 'unavailable' : 'bug', code];
};

const isTransport = (failed: ErrorAnswer | TransportFailure): failed is TransportFailure => 'sent' in failed;

/**
 * What a failed request means: by status, headers and the shape of the body, never by its texts. The gateway's 401
 * (subscription key) and 403 (quota) are about our own keys, hence *unavailable*, not the customer's fault.
 * @param effect what the request was to do: a write that ended in anything but 4xx may have been done
 */
export const classify = (failed: ErrorAnswer | TransportFailure, effect: Effect): Failure => {
  if (isTransport(failed)) {
    if (failed.code === 'url-too-long') return { kind: 'bug', code: failed.code };
    return { kind: failed.sent && effect === 'write' ? 'unknown' : 'unavailable', code: failed.code };
  }
  const { fromGateway, ...texts } = readProblem(failed.body);
  const [kind, code] = judge(failed, fromGateway, effect);
  const waits = failed.status === 429 || failed.retryAfter !== undefined;
  return {
    kind,
    code,
    status: failed.status,
    ...texts,
    ...(waits && { retryAfterMs: readRetryAfter(failed.retryAfter, failed.receivedAt) }),
  };
};
