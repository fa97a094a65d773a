import {
  canonicalUuid,
  readEvent,
  storableText,
  topics,
  type TopicKey,
  type TypedEvent,
} from '@huma-poweroffice/contracts';
import { parseJson } from './parse-json.js';

/** A record as a broker has it. */
export interface RawRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Why a record could not be read. Stable codes; the detail names fields and rules, never values. */
export interface Unreadable {
  readonly code:
    | 'missing-key'
    | 'missing-header'
    | 'content-type'
    | 'bad-json'
    | 'inexact-version'
    | 'unknown-type'
    | 'wrong-version'
    | 'schema'
    | 'bug';
  readonly detail: string;
}

/** What every readable record has beside its value. */
export interface Envelope {
  /** The event's id as it may be stored and shown: clean text of at most 200 characters. */
  readonly id: string;
  /** Canonical where the topic's key is a UUID. */
  readonly key: string;
  /** Null unless it has the form of the W3C recommendation. */
  readonly traceparent: string | null;
}

export type ReadRecord =
  | { readonly ok: true; readonly envelope: Envelope; readonly event: TypedEvent }
  /** A null value: the thing of that key is gone. Carries only the key. */
  | { readonly ok: true; readonly envelope: Envelope; readonly event: null }
  | { readonly ok: false; readonly reason: Unreadable };

const unreadable = (code: Unreadable['code'], detail: string): ReadRecord => ({ ok: false, reason: { code, detail } });

const longestId = 200;
/** https://www.w3.org/TR/trace-context/#traceparent-header; later versions may append fields, which are cut off. */
const traceparent = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/;

const idOf = (header: string | undefined): string => storableText((header ?? '').slice(0, longestId)).trim();

const keyOf = (topic: TopicKey, key: Buffer | null): string | null => {
  const text = key?.toString('utf8') ?? '';
  return topics[topic].idInKey === null ? storableText(text) : canonicalUuid(text);
};

/** A structured CloudEvent (`application/cloudevents+json`) is JSON too, but its value is not the event's value. */
const isJson = (contentType: string | undefined): boolean =>
  contentType === undefined ||
  (/^application\/(?:json|[a-z0-9.-]+\+json)\s*(?:;|$)/i.test(contentType) &&
    !/^application\/cloudevents/i.test(contentType));

/**
 * Reads a CloudEvent in binary mode, of any size that the broker takes. `ce_type` and `ce_id` are required; a tombstone
 * needs only its key. Whatever comes out can be stored: see `readEvent`. The key must be the id that the value names.
 */
export const readRecord = (topic: TopicKey, record: RawRecord): ReadRecord => {
  const { headers, value } = record;
  if (!record.key || record.key.length === 0) return unreadable('missing-key', 'The record has no key');
  const key = keyOf(topic, record.key);
  if (key === null) return unreadable('schema', 'The key is not a UUID');
  const trace = traceparent.exec(headers['traceparent'] ?? '');
  const envelope = { id: idOf(headers['ce_id']), key, traceparent: trace?.[0] ?? null };
  if (value === null) return { ok: true, envelope, event: null };
  if (!isJson(headers['content-type'])) return unreadable('content-type', 'The content type is not JSON');
  const type = headers['ce_type'];
  if (!type) return unreadable('missing-header', 'The header ce_type is missing');
  if (envelope.id === '') return unreadable('missing-header', 'The header ce_id is missing');
  const parsed = parseJson(value.toString('utf8'));
  if (!parsed.ok)
    return parsed.code === 'bad-json'
      ? unreadable('bad-json', 'The value is not JSON')
      : unreadable('inexact-version', 'The version is not an integer up to 2^53-1');
  const read = readEvent(topic, type, parsed.value);
  if (!read.ok) return unreadable(read.reason.code, read.reason.detail);
  const { idInKey } = topics[topic];
  if (idInKey !== null && (read.event.value as Partial<Record<typeof idInKey, string>>)[idInKey] !== key)
    return unreadable('schema', `The key is not the value's ${idInKey}`);
  return { ok: true, envelope, event: read.event };
};
