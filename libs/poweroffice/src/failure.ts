import { answeredBy, type AnsweredBy } from './answered-by.js';
import { readProblem, type FieldError } from './problem.js';

/**
 * - `rejected`: will not work until something changes
 * - `unavailable`: nothing was done; later it may work
 * - `unknown`: a write whose effect nobody can tell before reading
 * - `unauthorized`, `forbidden`: PowerOffice says that the customer's key or privileges do not allow it
 * - `not-found`: PowerOffice says that there is no such thing
 * - `bug`: our request is wrong
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
  | 'answer-does-not-fit'
  | 'answer-too-large'
  | 'foreign-answer'
  | 'url-too-long'
  | 'deadline-passed'
  | 'not-connected'
  | 'cancelled'
  | 'connection-lost';

/** Why a request failed. Texts are PowerOffice's, masked, for people; decide by `kind` and `code`. */
export interface Failure {
  readonly kind: FailureKind;
  readonly code: FailureCode;
  /** Who wrote the answer; absent where none came. */
  readonly answeredBy?: AnsweredBy;
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

/** What an answer means for a read and for a write. */
type Verdict = readonly [read: FailureKind, write: FailureKind, code: FailureCode];

/**
 * The whole of what answers mean, apart from those that are read as a success. A row is looked up by the exact status
 * first, then by its class; `else` is what is left, such as redirects. A page says nothing about what became of a write
 * that may have left, and no 5xx does.
 */
const verdicts: Readonly<Record<AnsweredBy, Readonly<Record<string, Verdict>>>> = {
  poweroffice: {
    '2xx': ['unavailable', 'unknown', 'unreadable-answer'],
    400: ['rejected', 'rejected', 'validation'],
    401: ['unauthorized', 'unauthorized', 'token-refused'],
    403: ['forbidden', 'forbidden', 'forbidden'],
    404: ['not-found', 'not-found', 'not-found'],
    408: ['unavailable', 'unavailable', 'timed-out'],
    409: ['rejected', 'rejected', 'conflict'],
    422: ['rejected', 'rejected', 'validation'],
    429: ['unavailable', 'unavailable', 'rate-limited'],
    '4xx': ['bug', 'bug', 'unexpected-status'],
    '5xx': ['unavailable', 'unknown', 'server-error'],
    else: ['unavailable', 'unknown', 'unexpected-status'],
  },
  gateway: {
    '2xx': ['unavailable', 'unknown', 'unreadable-answer'],
    401: ['unavailable', 'unavailable', 'subscription-key-refused'],
    429: ['unavailable', 'unavailable', 'rate-limited'],
    '4xx': ['unavailable', 'unavailable', 'gateway-refused'],
    '5xx': ['unavailable', 'unknown', 'server-error'],
    else: ['unavailable', 'unknown', 'unexpected-status'],
  },
  page: {
    '2xx': ['unavailable', 'unknown', 'unreadable-answer'],
    429: ['unavailable', 'unknown', 'rate-limited'],
    '4xx': ['unavailable', 'unknown', 'foreign-answer'],
    '5xx': ['unavailable', 'unknown', 'server-error'],
    else: ['unavailable', 'unknown', 'foreign-answer'],
  },
};

/** The same where no usable answer came. */
const withoutAnswer = (sent: boolean, code: TransportFailure['code']): Verdict =>
  code === 'url-too-long' ? ['bug', 'bug', code] : ['unavailable', sent ? 'unknown' : 'unavailable', code];

const judge = ({ status, wwwAuthenticate }: ErrorAnswer, by: AnsweredBy): Verdict => {
  // The gateway can check tokens too: then the token is renewed, but that says nothing about the customer's key.
  if (by === 'gateway' && status === 401 && /^\s*bearer\b/i.test(wwwAuthenticate ?? ''))
    return ['unavailable', 'unavailable', 'token-refused'];
  const rows = verdicts[by];
  const verdict = rows[status] ?? rows[`${String(Math.floor(status / 100))}xx`] ?? rows['else'];
  if (!verdict) throw new Error(`There is no verdict on ${String(status)} of ${by}`);
  return verdict;
};

const isTransport = (failed: ErrorAnswer | TransportFailure): failed is TransportFailure => 'sent' in failed;

/**
 * What a failed request means: by who answered, the status and the headers, never by texts.
 * @param effect what the request was to do: a write that was not answered by PowerOffice or its gateway may have been
 *   done
 */
export const classify = (failed: ErrorAnswer | TransportFailure, effect: Effect): Failure => {
  if (isTransport(failed)) {
    const [read, write, code] = withoutAnswer(failed.sent, failed.code);
    return { kind: effect === 'read' ? read : write, code };
  }
  const by = answeredBy(failed);
  const [read, write, code] = judge(failed, by);
  const waits = failed.status === 429 || failed.retryAfter !== undefined;
  return {
    kind: effect === 'read' ? read : write,
    code,
    answeredBy: by,
    status: failed.status,
    ...(by === 'page' ? {} : readProblem(failed.body)),
    ...(waits && { retryAfterMs: readRetryAfter(failed.retryAfter, failed.receivedAt) }),
  };
};
