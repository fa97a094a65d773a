import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import { toPerson } from '@huma-poweroffice/huma';
import { sameValue, type Json } from '@huma-poweroffice/sync-rules';
import type { Pair } from './rebuild-repository.js';

const asJson = (user: HumaUserMessage | null): Json => (user ? (toPerson(user) as unknown as Json) : null);

/** Whether the topic says something else of a person than what is known, and not older than what was taken in meanwhile. */
export const differs = ({ change, known }: Pair, began: Date): boolean => {
  if (!known) return change.organizationId !== null;
  if (known.takenInAt > began) return false;
  // Nobody moves to another organisation, and nothing of the one may be seen by the other.
  if (change.organizationId !== null && change.organizationId !== known.organizationId) return false;
  const sameVersion = change.version === null || change.version === known.version;
  return !sameVersion || !sameValue(asJson(change.user), asJson(known.user));
};
