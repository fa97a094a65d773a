import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import { toPerson } from '@huma-poweroffice/huma';
import { sameValue, type Json } from '@huma-poweroffice/sync-rules';
import type { PersonChange } from '../take-in/person-change.js';

/** A person as the read model has them. */
export interface Known {
  readonly organizationId: string | null;
  readonly version: number;
  readonly deleted: boolean;
  /** `unreadable`: what is stored cannot be opened any more. */
  readonly user: HumaUserMessage | 'unreadable' | null;
  readonly takenInAt: Date;
}

/**
 * `take`: newer than what is known. `replace`: counts although it is not newer. `same`: known already. Nothing is done for
 * the others: `lower`: the topic has only older versions. `deleted`: it has versions of somebody who is deleted.
 * `foreign`: it names another organisation. `meanwhile`: the person was taken in while the topic was read.
 */
export type Verdict = 'take' | 'replace' | 'same' | 'lower' | 'deleted' | 'foreign' | 'meanwhile';

const asJson = (user: HumaUserMessage | null): Json => (user ? (toPerson(user) as unknown as Json) : null);

const isSame = (change: PersonChange, known: Known): boolean =>
  known.user !== 'unreadable' &&
  (change.user === null) === known.deleted &&
  (change.version ?? known.version) === known.version &&
  sameValue(asJson(change.user), asJson(known.user));

/**
 * What a rebuild does with what the topic says of a person, compared with what is known while the person's row is locked
 * (lane protocol, 1a).
 * @param change of the person's records the one that counts
 * @param began when the reading of the topic began, by the database's clock
 * @param restored whether an operator has said that Huma was restored; only then lower versions count
 */
export const verdictOf = (
  change: PersonChange,
  known: Known | null,
  { began, restored }: { readonly began: Date; readonly restored: boolean },
): Verdict => {
  if (!known) return 'take';
  if (change.organizationId && known.organizationId && change.organizationId !== known.organizationId) return 'foreign';
  if (isSame(change, known)) return 'same';
  if (restored) return known.takenInAt > began ? 'meanwhile' : 'replace';
  if (known.deleted) return change.user === null ? 'same' : 'deleted';
  if (change.user === null) return 'take';
  const version = change.version ?? 0;
  if (version === known.version) return 'replace';
  return version > known.version ? 'take' : 'lower';
};
