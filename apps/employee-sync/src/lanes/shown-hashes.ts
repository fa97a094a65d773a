import type { Keyring } from '@huma-poweroffice/platform';
import { fields, type Field, type Json, type Lane, type ShownValues } from '@huma-poweroffice/sync-rules';

/** A keyed hash per field of what PowerOffice showed of somebody who was deleted in Huma. */
export type ShownHashes = { readonly [F in Field]?: string };

const contextOf = (connectionId: string, userId: string, field: Field): string =>
  `shown:${connectionId}:${userId}:${field}`;

/** Members that PowerOffice keeps for itself are no value of a person's. */
const ownMembers = new Set(['lastChangedDateTimeOffset', 'externalCode']);

const canonical = (value: Json): string => {
  if (value === null || value === '') return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).filter(([name, member]) => !ownMembers.has(name) && member !== null);
  return JSON.stringify(members.sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** Of whom the hashes are. */
export interface HashedPerson {
  readonly connectionId: string;
  readonly userId: string;
}

/** The hashes of what PowerOffice last showed; a field that was not seen has none. */
export const hashesOf = (lane: Lane, { connectionId, userId }: HashedPerson, keyring: Keyring): ShownHashes =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const shown = lane.fields[field]?.shown;
      if (shown === undefined) return [];
      return [[field, keyring.mac(canonical(shown), contextOf(connectionId, userId, field))]];
    }),
  );

/** Whether PowerOffice shows something else than when the hashes were made; `unknown`: there is none to compare with. */
export const changedSince = (
  hashes: ShownHashes | null,
  shown: ShownValues,
  { connectionId, userId }: HashedPerson,
  keyring: Keyring,
): 'changed' | 'unchanged' | 'unknown' => {
  const same = fields.flatMap((field) => {
    const [hash, value] = [hashes?.[field], shown[field]];
    if (hash === undefined || value === undefined) return [];
    return [keyring.isMacOf(hash, canonical(value), contextOf(connectionId, userId, field))];
  });
  if (same.includes(false)) return 'changed';
  return same.length === 0 || same.includes(null) ? 'unknown' : 'unchanged';
};
