import type { ErrorAnswer, Failure, TransportFailure } from '../failure.js';
import type { Int64 } from '../int64.js';
import { failedRead, failedWrite, type ReadOutcome, type WriteOutcome } from '../outcome.js';
import { parseJson } from './json.js';
import { int64, object, ShapeError, type Json } from './shape.js';
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

const unreadable = (status: number, where: string): Failure => ({
  kind: 'bug',
  code: 'unreadable-answer',
  status,
  detail: where,
});

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly where: string };

/** Reads a body, or says where it is not what it should be. */
export const readBody = <T>(body: string, read: (json: unknown) => T): Read<T> => {
  try {
    return { ok: true, value: read(parseJson(body)) };
  } catch (error) {
    if (error instanceof ShapeError) return { ok: false, where: error.field };
    if (error instanceof SyntaxError) return { ok: false, where: 'not JSON' };
    throw error;
  }
};

/** The outcome of a write: a 2xx is applied, whatever its body. */
export const writeOutcome = <T>(sent: Sent, read: (json: unknown) => T): WriteOutcome<T> => {
  if (!isAnswer(sent) || !isSuccess(sent)) return failedWrite(toFailed(sent));
  const body = sent.body === null ? undefined : readBody(sent.body, read);
  return { outcome: 'applied', body: body?.ok ? body.value : null };
};

/** The outcome of a read. An answer whose end was lost on the way may come whole the next time. */
export const readOutcome = <T>(sent: Sent, read: (json: unknown, answer: Answer) => T): ReadOutcome<T> => {
  if (!isAnswer(sent) || !isSuccess(sent)) return failedRead(toFailed(sent));
  if (sent.bodyLost !== undefined && sent.bodyLost !== 'too-large')
    return failedRead({ sent: true, code: sent.bodyLost });
  if (sent.body === null) return { outcome: 'failed', failure: unreadable(sent.status, 'too large') };
  const body = readBody(sent.body, (json) => read(json, sent));
  return body.ok
    ? { outcome: 'found', value: body.value }
    : { outcome: 'failed', failure: unreadable(sent.status, body.where) };
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
