import type { HumaUserMessage, UserChanged } from '@huma-poweroffice/contracts';
import type { Envelope } from '@huma-poweroffice/messaging';

/** A person as one message of Huma's says. `user` is null when deleted, and so is everything but the ids after a tombstone. */
export interface PersonChange {
  readonly userId: string;
  /** Null after a tombstone, which carries only the key. */
  readonly organizationId: string | null;
  /** Null after a tombstone: newer than whatever was known. */
  readonly version: number | null;
  readonly user: HumaUserMessage | null;
  /** The event that said so, for the audit, and the trace that it belongs to. */
  readonly event: { readonly id: string; readonly trace: string | null };
}

const eventOf = ({ id, traceparent }: Envelope): PersonChange['event'] => ({ id, trace: traceparent });

export const toChange = ({ userId, organizationId, version, user }: UserChanged, envelope: Envelope): PersonChange => ({
  userId,
  organizationId,
  version,
  user,
  event: eventOf(envelope),
});

/** A tombstone says only that the user of this key is gone. */
export const toDeletion = (envelope: Envelope): PersonChange => ({
  userId: envelope.key,
  organizationId: null,
  version: null,
  user: null,
  event: eventOf(envelope),
});

const isNewer = (a: PersonChange, b: PersonChange): boolean => {
  // A deletion is final, whatever versions come after it.
  if (b.user === null) return false;
  if (a.user === null) return true;
  return (a.version ?? 0) > (b.version ?? 0);
};

/** One change per person, the newest: events only say who may differ now. */
export const newestOf = (changes: readonly PersonChange[]): PersonChange[] => {
  const newest = new Map<string, PersonChange>();
  for (const change of changes) {
    const known = newest.get(change.userId);
    if (!known || isNewer(change, known)) newest.set(change.userId, change);
  }
  return [...newest.values()];
};
