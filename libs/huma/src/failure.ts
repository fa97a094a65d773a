import { parseJson } from './json.js';

/**
 * - `rejected`: will not work until something changes
 * - `unavailable`: nothing was done; later it may work
 * - `unknown`: a write whose effect nobody can tell before reading
 * - `unauthorized`, `forbidden`: Huma says that the credentials or their permissions do not allow it
 * - `not-found`: Huma says that there is no such thing
 * - `bug`: our request is wrong
 */
export type HumaFailureKind =
  'rejected' | 'unavailable' | 'unknown' | 'unauthorized' | 'forbidden' | 'not-found' | 'bug';

/** Stable codes of failures, for logs, metrics and decisions. */
export type HumaFailureCode =
  | 'validation'
  | 'conflict'
  | 'token-refused'
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
  | 'deadline-passed'
  | 'not-connected'
  | 'cancelled'
  | 'connection-lost';

/** Who wrote an answer: Huma itself, or something on the way that says nothing about what Huma did. */
export type HumaAnsweredBy = 'huma' | 'page';

/** Why a request to Huma failed. Huma's free texts are left out: they may repeat what was sent. */
export interface HumaFailure {
  readonly kind: HumaFailureKind;
  readonly code: HumaFailureCode;
  /** Who wrote the answer; absent where none came. */
  readonly answeredBy?: HumaAnsweredBy;
  readonly status?: number;
  /** Huma's own code, such as `field:invalid-format`. */
  readonly errorCode?: string;
  /** Names of the fields that Huma complains about; or, of an unreadable answer, where it is. */
  readonly fields?: readonly string[];
  /** Milliseconds to wait before the next request. */
  readonly retryAfterMs?: number;
}

/** What became of a write to Huma. Only `unknown` needs a look before anything else is sent. */
export type HumaWriteOutcome<T> =
  /** Done: the answer was read, and it is about what was asked for. */
  | { readonly outcome: 'applied'; readonly body: T }
  | { readonly outcome: 'refused' | 'not-sent' | 'unknown'; readonly failure: HumaFailure };

/** What became of a read. */
export type HumaReadOutcome<T> =
  | { readonly outcome: 'found'; readonly value: T }
  | { readonly outcome: 'not-found' | 'failed'; readonly failure: HumaFailure };

/** An answer that came, as far as it can be told from a success. */
export interface HumaErrorAnswer {
  readonly status: number;
  readonly body: string;
  /** The header `Retry-After`: seconds or an HTTP date. */
  readonly retryAfter?: string | undefined;
  /** When it came, in milliseconds since 1970: only for a `Retry-After` that is a date. */
  readonly receivedAt: number;
}

/** No usable answer came. `sent` is false only where it is proven that no byte of the request left. */
export interface HumaTransportFailure {
  readonly sent: boolean;
  readonly code: 'deadline-passed' | 'not-connected' | 'cancelled' | 'timed-out' | 'connection-lost';
}

const SECOND = 1000;
const LONGEST_WAIT = 3600 * SECOND;
const MOST_FIELDS = 50;

const retryAfterMs = (header: string | undefined, now: number): number => {
  const text = header?.trim() ?? '';
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * SECOND : Date.parse(text) - now;
  return Number.isNaN(wait) ? SECOND : Math.ceil(Math.min(Math.max(wait, SECOND), LONGEST_WAIT));
};

const name = (value: unknown): string[] =>
  typeof value === 'string' && /^[\w:.[\]-]{1,100}$/.test(value) ? [value] : [];

interface HumaError {
  readonly errorCode?: unknown;
  readonly error?: unknown;
  readonly fields?: unknown;
}

/** @returns null when the body is not an error in Huma's form */
const parseError = (body: string): HumaError | null => {
  try {
    const error = parseJson(body) as HumaError | null;
    return error && (error.errorCode ?? error.error ?? error.fields ?? null) !== null ? error : null;
  } catch {
    return null;
  }
};

/** The machine-readable part of an error body: `errorCode` and `fields`, or OAuth's `error`. */
const readError = (error: HumaError): Pick<HumaFailure, 'errorCode' | 'fields'> => {
  const errorCode = [...name(error.errorCode), ...name(error.error)][0];
  const fields = [error.fields ?? []].flat().slice(0, MOST_FIELDS).flatMap(name);
  return { ...(errorCode !== undefined && { errorCode }), ...(fields.length > 0 && { fields }) };
};

/** What an answer means for a read and for a write. */
type Verdict = readonly [read: HumaFailureKind, write: HumaFailureKind, code: HumaFailureCode];

/** As for PowerOffice: by the exact status first, then by its class. A page says nothing about a write. */
const verdicts: Readonly<Record<HumaAnsweredBy, Readonly<Record<string, Verdict>>>> = {
  huma: {
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
  page: {
    '2xx': ['unavailable', 'unknown', 'unreadable-answer'],
    429: ['unavailable', 'unknown', 'rate-limited'],
    '4xx': ['unavailable', 'unknown', 'foreign-answer'],
    '5xx': ['unavailable', 'unknown', 'server-error'],
    else: ['unavailable', 'unknown', 'foreign-answer'],
  },
};

/** Huma documents a body for these; other refusals may come without one. */
const alwaysWithBody: ReadonlySet<number> = new Set([400, 401, 404]);

const byWhom = ({ status, body }: HumaErrorAnswer, error: HumaError | null): HumaAnsweredBy => {
  if (error !== null) return 'huma';
  return body.trim() === '' && status >= 400 && status < 500 && !alwaysWithBody.has(status) ? 'huma' : 'page';
};

const judge = (status: number, by: HumaAnsweredBy): Verdict => {
  const rows = verdicts[by];
  const verdict = rows[status] ?? rows[`${String(Math.floor(status / 100))}xx`] ?? rows['else'];
  if (!verdict) throw new Error(`There is no verdict on ${String(status)} of ${by}`);
  return verdict;
};

/** What a failed request to Huma means: by who answered and its status, never by its texts. */
export const classifyHuma = (failed: HumaErrorAnswer | HumaTransportFailure, effect: 'read' | 'write'): HumaFailure => {
  if ('sent' in failed)
    return { kind: failed.sent && effect === 'write' ? 'unknown' : 'unavailable', code: failed.code };
  const error = parseError(failed.body);
  const by = byWhom(failed, error);
  const [read, write, code] = judge(failed.status, by);
  const waits = failed.status === 429 || failed.retryAfter !== undefined;
  return {
    kind: effect === 'read' ? read : write,
    code,
    answeredBy: by,
    status: failed.status,
    ...(error && readError(error)),
    ...(waits && { retryAfterMs: retryAfterMs(failed.retryAfter, failed.receivedAt) }),
  };
};

/** The outcome of a write that did not succeed. */
export const failedHumaWrite = (failed: HumaErrorAnswer | HumaTransportFailure): HumaWriteOutcome<never> => {
  const failure = classifyHuma(failed, 'write');
  if (failure.kind === 'unknown') return { outcome: 'unknown', failure };
  return { outcome: failure.kind === 'unavailable' ? 'not-sent' : 'refused', failure };
};

/** The outcome of a read that did not succeed. */
export const failedHumaRead = (failed: HumaErrorAnswer | HumaTransportFailure): HumaReadOutcome<never> => {
  const failure = classifyHuma(failed, 'read');
  return { outcome: failure.kind === 'not-found' ? 'not-found' : 'failed', failure };
};
