import type { ConnectionChanged } from '@huma-poweroffice/contracts';
import type { FieldAbility } from '../connections/abilities.js';
import type { Connection } from '../connections/connection.js';
import type { Change } from '../connections/history-repository.js';
import type { Phase } from '../connections/transitions.js';

export interface Restored extends Change {
  readonly connection: Connection;
}

const momentOf = (text: string): number => Date.parse(text);

const phaseOf = (current: Connection | null, published: ConnectionChanged): Phase => {
  if (current?.phase === 'disconnected' || published.state === 'disconnected') return 'disconnected';
  return published.activatedAt === null ? 'held-draft' : 'held-active';
};

/** What is published has no advice; where ours says the same otherwise, its advice is kept. */
const abilitiesOf = (current: Connection | null, published: ConnectionChanged): readonly FieldAbility[] =>
  published.abilities.map((ability) => {
    const ours = current?.abilities.find(({ field }) => field === ability.field);
    return ours?.write === ability.write && ours.compare === ability.compare ? ours : ability;
  });

/**
 * What a connection becomes when a state of it was published that our database does not know, because the database was
 * restored from a backup: what was published last, held until a person confirms it, in a version above both. One that was
 * disconnected in either is disconnected.
 * @param current the connection in our database; null when it has none
 * @param now milliseconds since 1970
 * @returns null when nothing is to be restored: it was disconnected, and we know nothing of it
 */
export const restored = (current: Connection | null, published: ConnectionChanged, now: number): Restored | null => {
  const phase = phaseOf(current, published);
  if (!current && phase === 'disconnected') return null;
  const { name, group, client, settings } = published;
  const connection: Connection = {
    connectionId: published.connectionId,
    organizationId: current?.organizationId ?? published.organizationId,
    version: Math.max(current?.version ?? 0, published.version) + 1,
    name,
    phase,
    heldFor: phase === 'disconnected' ? null : 'restored',
    group,
    client,
    settings,
    abilities: abilitiesOf(current, published),
    activatedAt: published.activatedAt === null ? null : momentOf(published.activatedAt),
    createdAt: current?.createdAt ?? momentOf(published.occurredAt),
    changedAt: now,
  };
  const details = {
    version: { database: current?.version ?? null, published: published.version },
    published: { state: published.state, pauseReason: published.pauseReason, at: published.occurredAt },
    clientKey: current ? 'of the backup' : 'missing',
  };
  return { connection, change: 'restored', details };
};

/** Of several states of a connection the one of the highest version. */
export const newest = (published: readonly ConnectionChanged[]): ConnectionChanged[] => {
  const byId = new Map<string, ConnectionChanged>();
  for (const one of published)
    if (one.version >= (byId.get(one.connectionId)?.version ?? 0)) byId.set(one.connectionId, one);
  return [...byId.values()];
};
