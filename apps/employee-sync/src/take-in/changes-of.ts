import type { UserChanged } from '@huma-poweroffice/contracts';
import { readRecord, type RawRecord, type Slice, type Unreadable } from '@huma-poweroffice/messaging';
import { toChange, toDeletion, type PersonChange } from './person-change.js';

/** What a slice of `huma.users.v1` says, and which of its records cannot be read. */
export interface SliceOfChanges {
  readonly changes: readonly PersonChange[];
  readonly unreadable: readonly { readonly record: RawRecord; readonly reason: Unreadable }[];
}

export const changesOf = (slice: Slice): SliceOfChanges => {
  const changes: PersonChange[] = [];
  const unreadable: { record: RawRecord; reason: Unreadable }[] = [];
  for (const record of slice.records) {
    const read = readRecord(slice.topic, record);
    if (!read.ok) unreadable.push({ record, reason: read.reason });
    else {
      // Every type of this topic carries the state of a user.
      const { event, envelope } = read;
      const change = event ? toChange(event.value as UserChanged, envelope) : toDeletion(envelope);
      changes.push({ ...change, backlogAt: backlogAt(slice, record) });
    }
  }
  return { changes, unreadable };
};

const backlogAt = ({ backlog }: Slice, { offset }: RawRecord): Date | null =>
  backlog && BigInt(offset) < BigInt(backlog.end) ? backlog.at : null;
