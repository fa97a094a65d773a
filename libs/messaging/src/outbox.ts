import { createHash, randomUUID } from 'node:crypto';
import {
  shownEventType,
  storableText,
  topics,
  type EventType,
  type EventTypes,
  type TopicKey,
  type UnreadableMessage,
} from '@huma-poweroffice/contracts';
import type { Keyring, Tx } from '@huma-poweroffice/platform';
import type { RawRecord, Unreadable } from './records.js';

/** A message that is published after the transaction that saved it. */
export interface OutboxMessage {
  readonly topic: TopicKey;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: a tombstone. */
  readonly value: string | null;
}

/** Tables of this library, for the migrations of the services that use them. */
export const messagingTables = {
  up: [
    `CREATE TABLE outbox (
      id bigserial PRIMARY KEY,
      topic text NOT NULL,
      key text NOT NULL,
      headers jsonb NOT NULL,
      value bytea,
      created_at timestamptz NOT NULL DEFAULT now())`,
    `CREATE TABLE outbox_lease (
      only_one boolean PRIMARY KEY CHECK (only_one),
      holder uuid NOT NULL,
      ends_at timestamptz NOT NULL)`,
    `CREATE TABLE consumer_offset (
      group_id text NOT NULL,
      topic text NOT NULL,
      partition integer NOT NULL,
      position bigint NOT NULL,
      topic_id uuid,
      -- The furthest position that this database has ever had in this topic.
      reached bigint NOT NULL DEFAULT 0,
      -- What the partition held when it was read for the first time: offset after the last record, and when that was.
      backlog_end bigint,
      backlog_at timestamptz,
      PRIMARY KEY (group_id, topic, partition))`,
  ],
  down: ['DROP TABLE consumer_offset', 'DROP TABLE outbox_lease', 'DROP TABLE outbox'],
} as const;

/** The channel on which a filled outbox is announced. */
export const outboxChannel = 'outbox';

/** One of our own events, as a CloudEvent in binary mode. `now` in milliseconds since 1970. */
export const ownEvent = <T extends EventType>(
  topic: TopicKey,
  type: T,
  key: string,
  value: EventTypes[T],
  from: { readonly source: string; readonly now: number; readonly traceparent?: string | null },
): OutboxMessage => ({
  topic,
  key,
  headers: {
    ce_id: randomUUID(),
    ce_type: type,
    ce_source: from.source,
    ce_specversion: '1.0',
    ce_time: new Date(from.now).toISOString(),
    ce_subject: key,
    'content-type': 'application/json',
    ...(from.traceparent ? { traceparent: from.traceparent } : {}),
  },
  value: JSON.stringify(value),
});

/**
 * Saves messages in the caller's transaction; they are published, in this order per key, once it has committed. Two
 * transactions that publish under one key must exclude each other (by the lock of the row that the key names).
 */
export const enqueue = async (tx: Tx, messages: readonly OutboxMessage[]): Promise<void> => {
  if (messages.length === 0) return;
  await tx.query(
    `INSERT INTO outbox (topic, key, headers, value)
     SELECT topic, key, headers, convert_to(value, 'UTF8')
       FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[]) WITH ORDINALITY AS m (topic, key, headers, value, n)
      ORDER BY n`,
    [
      messages.map((m) => topics[m.topic].name),
      messages.map((m) => m.key),
      messages.map((m) => JSON.stringify(m.headers)),
      messages.map((m) => m.value),
    ],
  );
  await tx.query(`SELECT pg_notify('${outboxChannel}', '')`);
};

/** Of larger values only the hash and the first part are kept, once they turned out to be unreadable. */
export const maxKeptBytes = 256 * 1024;

/** How much is kept of a value that is too large to be kept whole, and of any key. */
const keptBytes = 4096;
const keptHeaders = 20;
const keptHeaderChars = 256;
const keptDetailChars = 1024;

/**
 * What the next reader must know of the headers. Any others may hold personal bytes; and whoever wrote a record that
 * nobody can read may have written any amount of them.
 */
const plainHeaders = (headers: RawRecord['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => /^(ce_[a-z0-9]{1,20}|content-type|traceparent)$/.test(name))
      .slice(0, keptHeaders)
      .map(([name, value]) => [name, shownHeader(name, value)]),
  );

const shownHeader = (name: string, value: string): string =>
  name === 'ce_type' ? shownEventType(value) : storableText(value.slice(0, keptHeaderChars));

/**
 * The message that keeps a record nobody could read: its bytes sealed, only the first part where they are too many. A
 * broker takes it however large the record was.
 */
export const unreadableMessage = (
  topic: string,
  partition: number,
  record: RawRecord,
  reason: Unreadable,
  keyring: Keyring,
  from: { readonly source: string; readonly now: number },
): OutboxMessage => {
  const place = `${topic}-${String(partition)}-${record.offset}`;
  const { key } = record;
  const bytes = record.value ?? Buffer.alloc(0);
  const isLarge = bytes.length > maxKeptBytes;
  const value: UnreadableMessage = {
    topic,
    partition,
    offset: record.offset,
    reason: { code: reason.code, detail: reason.detail.slice(0, keptDetailChars) },
    timestamp: record.timestamp,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    truncated: isLarge || (key?.length ?? 0) > keptBytes,
    key: key && keyring.seal(key.subarray(0, keptBytes), place).toString('base64'),
    value: record.value && keyring.seal(isLarge ? bytes.subarray(0, keptBytes) : bytes, place).toString('base64'),
    headers: plainHeaders(record.headers),
  };
  return ownEvent('unreadable', 'poweroffice.message.unreadable.v1', place, value, from);
};
