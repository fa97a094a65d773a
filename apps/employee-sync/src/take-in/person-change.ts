import type { HumaUserMessage, UserChanged } from '@huma-poweroffice/contracts';
import type { Envelope } from '@huma-poweroffice/messaging';

/** A person as one message of Huma's describes them. */
export interface PersonChange {
  readonly userId: string;
  /** Null after a tombstone, which carries only the key. */
  readonly organizationId: string | null;
  /** Null after a tombstone. */
  readonly version: number | null;
  /** Null when the person was deleted. */
  readonly user: HumaUserMessage | null;
  /** The event that said so, for the audit, and the trace that it belongs to. */
  readonly event: { readonly id: string; readonly trace: string | null };
  /**
   * When the topic was read for the first time, if the record was in it then. Connections that had been activated by that
   * moment do not take the person for somebody new.
   */
  readonly backlogAt?: Date | null;
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

/**
 * What two records of one person say together, whichever came first: a deletion counts, else the higher version. The
 * highest version and the organisation are remembered also of somebody who was deleted.
 */
export const merge = (a: PersonChange, b: PersonChange): PersonChange => {
  const [aVersion, bVersion] = [a.version ?? -1, b.version ?? -1];
  const counts = a.user === null ? a : b.user === null || bVersion > aVersion ? b : a;
  return {
    ...counts,
    organizationId: a.organizationId ?? b.organizationId,
    version: Math.max(aVersion, bVersion) < 0 ? null : Math.max(aVersion, bVersion),
  };
};
