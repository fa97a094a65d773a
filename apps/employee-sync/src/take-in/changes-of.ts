import type { UserChanged } from '@huma-poweroffice/contracts';
import { readRecord, type RawRecord, type ReadRecord, type Slice, type Unreadable } from '@huma-poweroffice/messaging';
import { toChange, toDeletion, type PersonChange } from './newest.js';

/** What a slice of `huma.users.v1` says, and which of its records cannot be read. */
export interface SliceOfChanges {
  readonly changes: readonly PersonChange[];
  readonly unreadable: readonly { readonly record: RawRecord; readonly reason: Unreadable }[];
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const changesOf = (slice: Slice): SliceOfChanges => {
  const changes: PersonChange[] = [];
  const unreadable: { record: RawRecord; reason: Unreadable }[] = [];
  for (const record of slice.records) {
    const read = readRecord(slice.topic, record);
    const change = read.ok ? changeOf(read) : read.reason;
    if ('userId' in change) changes.push(change);
    else unreadable.push({ record, reason: change });
  }
  return { changes, unreadable };
};

/** A user's change, or why the key of the record does not fit it: order is kept per key. */
const changeOf = ({ event, envelope }: Extract<ReadRecord, { ok: true }>): PersonChange | Unreadable => {
  if (!event)
    return uuid.test(envelope.key) ? toDeletion(envelope) : { code: 'schema', detail: 'The key is not a user id' };
  // Of this topic every type carries a user's state.
  const change = toChange(event.value as UserChanged, envelope);
  return change.userId === envelope.key ? change : { code: 'schema', detail: "The key is not the value's userId" };
};
