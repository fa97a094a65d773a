/**
 * - `rejected`: will not work until something changes
 * - `unavailable`: nothing was done; later it may work
 * - `unknown`: a write whose effect nobody can tell before reading
 * - `bug`: our request or our reading of the answer is wrong
 */
export type HumaFailureKind =
  'rejected' | 'unavailable' | 'unknown' | 'unauthorized' | 'forbidden' | 'not-found' | 'bug';

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
  | 'deadline-passed'
  | 'not-connected'
  | 'cancelled'
  | 'connection-lost';

/** Why a request to Huma failed. Huma's free texts are left out: they may repeat what was sent. */
export interface HumaFailure {
  readonly kind: HumaFailureKind;
  readonly code: HumaFailureCode;
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
  /** Done. `body` is null where the answer could not be read: done all the same. */
  | { readonly outcome: 'applied'; readonly body: T | null }
  | { readonly outcome: 'refused' | 'not-sent' | 'unknown'; readonly failure: HumaFailure };

export type HumaReadOutcome<T> =
  | { readonly outcome: 'found'; readonly value: T }
  | { readonly outcome: 'not-found' | 'failed'; readonly failure: HumaFailure };

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

/** The machine-readable part of an error body: `errorCode` and `fields`, or OAuth's `error`. */
const readError = (body: string): Pick<HumaFailure, 'errorCode' | 'fields'> => {
  let error: { errorCode?: unknown; error?: unknown; fields?: unknown } | null;
  try {
    error = JSON.parse(body) as typeof error;
  } catch {
    return {};
  }
  const errorCode = [...name(error?.errorCode), ...name(error?.error)][0];
  const fields = [error?.fields ?? []].flat().slice(0, MOST_FIELDS).flatMap(name);
  return { ...(errorCode !== undefined && { errorCode }), ...(fields.length > 0 && { fields }) };
};

const judge = (status: number, effect: 'read' | 'write'): readonly [HumaFailureKind, HumaFailureCode] => {
  if (status === 400 || status === 422) return ['rejected', 'validation'];
  if (status === 401) return ['unauthorized', 'token-refused'];
  if (status === 403) return ['forbidden', 'forbidden'];
  if (status === 404) return ['not-found', 'not-found'];
  if (status === 408) return ['unavailable', 'timed-out'];
  if (status === 409) return ['rejected', 'conflict'];
  if (status === 429) return ['unavailable', 'rate-limited'];
  if (status >= 400 && status < 500) return ['bug', 'unexpected-status'];
  if (status >= 500) return [effect === 'write' ? 'unknown' : 'unavailable', 'server-error'];
  return [effect === 'write' ? 'unknown' : 'bug', 'unexpected-status'];
};

/** What a failed request to Huma means: by its status, never by its texts. */
export const classifyHuma = (failed: HumaErrorAnswer | HumaTransportFailure, effect: 'read' | 'write'): HumaFailure => {
  if ('sent' in failed)
    return { kind: failed.sent && effect === 'write' ? 'unknown' : 'unavailable', code: failed.code };
  const [kind, code] = judge(failed.status, effect);
  const waits = failed.status === 429 || failed.retryAfter !== undefined;
  return {
    kind,
    code,
    status: failed.status,
    ...readError(failed.body),
    ...(waits && { retryAfterMs: retryAfterMs(failed.retryAfter, failed.receivedAt) }),
  };
};

/** The outcome of a write that did not end in 2xx: only 4xx, and what is proven not to have left, was not done. */
export const failedHumaWrite = (failed: HumaErrorAnswer | HumaTransportFailure): HumaWriteOutcome<never> => {
  const failure = classifyHuma(failed, 'write');
  if ('sent' in failed) return { outcome: failed.sent ? 'unknown' : 'not-sent', failure };
  return { outcome: failed.status >= 400 && failed.status < 500 ? 'refused' : 'unknown', failure };
};

/** The outcome of a read that did not end in 2xx. */
export const failedHumaRead = (failed: HumaErrorAnswer | HumaTransportFailure): HumaReadOutcome<never> => {
  const failure = classifyHuma(failed, 'read');
  return { outcome: failure.kind === 'not-found' ? 'not-found' : 'failed', failure };
};
