import { readEvent, type TopicKey, type TypedEvent } from '@huma-poweroffice/contracts';

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
    'missing-key' | 'missing-header' | 'too-large' | 'bad-json' | 'unknown-type' | 'wrong-version' | 'schema' | 'bug';
  readonly detail: string;
}

/** What every readable record has beside its value. */
export interface Envelope {
  readonly id: string;
  readonly key: string;
  readonly traceparent: string | null;
}

export type ReadRecord =
  | { readonly ok: true; readonly envelope: Envelope; readonly event: TypedEvent }
  /** A null value: the thing of that key is gone. Carries only the key. */
  | { readonly ok: true; readonly envelope: Envelope; readonly event: null }
  | { readonly ok: false; readonly reason: Unreadable };

/** Larger values are not read. */
export const maxValueBytes = 256 * 1024;

const unreadable = (code: Unreadable['code'], detail: string): ReadRecord => ({ ok: false, reason: { code, detail } });

/** Reads a CloudEvent in binary mode. `ce_type` and `ce_id` are required; a tombstone needs only its key. */
export const readRecord = (topic: TopicKey, record: RawRecord): ReadRecord => {
  const { headers, value } = record;
  const key = record.key?.toString('utf8') ?? '';
  if (key === '') return unreadable('missing-key', 'The record has no key');
  const envelope = { id: headers['ce_id'] ?? '', key, traceparent: headers['traceparent'] ?? null };
  if (value === null) return { ok: true, envelope, event: null };
  if (value.length > maxValueBytes) return unreadable('too-large', `The value has ${String(value.length)} bytes`);
  const type = headers['ce_type'];
  if (!type) return unreadable('missing-header', 'The header ce_type is missing');
  if (envelope.id === '') return unreadable('missing-header', 'The header ce_id is missing');
  let parsed: unknown;
  try {
    parsed = JSON.parse(value.toString('utf8'));
  } catch {
    // The parser's own message quotes the text, which may be personal.
    return unreadable('bad-json', 'The value is not JSON');
  }
  const read = readEvent(topic, type, parsed);
  return read.ok ? { ok: true, envelope, event: read.event } : unreadable(read.reason.code, read.reason.detail);
};
