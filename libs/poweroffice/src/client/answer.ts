import {
  classify,
  type Effect,
  type ErrorAnswer,
  type Failure,
  type FailureCode,
  type TransportFailure,
} from '../failure.js';
import type { Int64 } from '../int64.js';
import { failedRead, failedWrite, type ReadOutcome, type WriteOutcome } from '../outcome.js';
import { parseJson } from './json.js';
import { int64, MisfitError, object, ShapeError, type Json } from './shape.js';
import type { Answer, Sent } from './transport.js';

/** A page of a list. What could not be read is named, for somebody to look at it: it is never left out in silence. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly unreadable: readonly Unreadable[];
  /** Whether to ask for the next page; it may be empty. */
  readonly more: boolean;
}

export interface Unreadable {
  readonly id: Int64 | null;
  readonly field: string;
}

const isAnswer = (sent: Sent): sent is Answer => 'status' in sent;
const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** What failed, as the rules of failures want it. */
export const toFailed = (sent: Sent): ErrorAnswer | TransportFailure =>
  isAnswer(sent)
    ? {
        status: sent.status,
        body: sent.body ?? '',
        retryAfter: sent.headers['retry-after'],
        wwwAuthenticate: sent.headers['www-authenticate'],
        receivedAt: Date.now(),
      }
    : sent;

/** A success that is none, because it cannot be read or is about something else. */
const unusable = (answer: Answer, effect: Effect, code: FailureCode, where: string): Failure => ({
  ...classify(toFailed(answer), effect),
  code,
  detail: where,
});

type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: FailureCode; readonly where: string };

/** Reads a body, or says where it is not what it should be. */
export const readBody = <T>(body: string, read: (json: unknown) => T): Read<T> => {
  try {
    return { ok: true, value: read(parseJson(body)) };
  } catch (error) {
    if (error instanceof MisfitError) return { ok: false, code: 'answer-does-not-fit', where: error.field };
    if (error instanceof ShapeError) return { ok: false, code: 'unreadable-answer', where: error.field };
    if (error instanceof SyntaxError) return { ok: false, code: 'unreadable-answer', where: 'not JSON' };
    throw error;
  }
};

/** Reads a success, or says why it is none. An answer whose end was lost on the way may come whole the next time. */
const readSuccess = <T>(
  answer: Answer,
  effect: Effect,
  read: (json: unknown, answer: Answer) => T,
): { readonly value: T } | { readonly failure: Failure } => {
  if (answer.bodyLost === 'too-large') return { failure: unusable(answer, effect, 'answer-too-large', 'too large') };
  if (answer.bodyLost !== undefined) return { failure: classify({ sent: true, code: answer.bodyLost }, effect) };
  const body = readBody(answer.body ?? '', (json) => read(json, answer));
  return body.ok ? { value: body.value } : { failure: unusable(answer, effect, body.code, body.where) };
};

/** The outcome of a write. A success that cannot be read, or is about something else, tells nothing about the write. */
export const writeOutcome = <T>(sent: Sent, read: (json: unknown) => T): WriteOutcome<T> => {
  if (!isAnswer(sent) || !isSuccess(sent)) return failedWrite(toFailed(sent));
  const success = readSuccess(sent, 'write', read);
  return 'value' in success ? { outcome: 'applied', body: success.value } : { outcome: 'unknown', ...success };
};

/** The outcome of a read. */
export const readOutcome = <T>(sent: Sent, read: (json: unknown, answer: Answer) => T): ReadOutcome<T> => {
  if (!isAnswer(sent) || !isSuccess(sent)) return failedRead(toFailed(sent));
  const success = readSuccess(sent, 'read', read);
  return 'value' in success ? { outcome: 'found', value: success.value } : { outcome: 'failed', ...success };
};

/** The outcome of reading a list: 204 is an empty one, and a 404 is a failure, since lists exist. */
export const pageOutcome = <T>(sent: Sent, pageSize: number, read: (item: Json) => T): ReadOutcome<Page<T>> => {
  const empty = isAnswer(sent) && sent.status === 204;
  const outcome = readOutcome(empty ? { ...sent, body: '[]' } : sent, (json, answer) =>
    readPage(json, read, (count) => count >= pageSize || hasNextPage(answer)),
  );
  return outcome.outcome === 'not-found' ? { outcome: 'failed', failure: outcome.failure } : outcome;
};

const readPage = <T>(json: unknown, read: (item: Json) => T, more: (count: number) => boolean): Page<T> => {
  if (!Array.isArray(json)) throw new ShapeError('list');
  const items: T[] = [];
  const unreadable: Unreadable[] = [];
  for (const item of json as unknown[]) {
    try {
      items.push(read(object(item, 'item')));
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      unreadable.push({ id: idOf(item), field: error.field });
    }
  }
  return { items, unreadable, more: more(json.length) };
};

const idOf = (item: unknown): Int64 | null => {
  try {
    return int64(object(item, 'item'), 'Id');
  } catch {
    return null;
  }
};

/** The header `X-Pagination` is JSON with a link to the next page, if there is one; in which letter case is not sure. */
const hasNextPage = ({ headers }: Answer): boolean => {
  const header = headers['x-pagination'];
  if (typeof header !== 'string') return false;
  const read = readBody(header, (json) => Object.entries(object(json, 'X-Pagination')));
  return read.ok && read.value.some(([name, value]) => name.toLowerCase() === 'nextpagelink' && Boolean(value));
};
