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

/**
 * Published abilities contain no advice on what to ask for. It is kept from our database if the ability is the same.
 */
const abilitiesOf = (current: Connection | null, published: ConnectionChanged): readonly FieldAbility[] =>
  published.abilities.map((ability) => {
    const ours = current?.abilities.find(({ field }) => field === ability.field);
    return ours?.write === ability.write && ours.compare === ability.compare ? ours : ability;
  });

/**
 * Decides the state of a connection whose published state is unknown to our database because the database was restored
 * from a backup. The connection gets the published state and a version above both, and is held until a person confirms
 * it. If it was disconnected in the topic or in the database, it is disconnected. Pure.
 * @param current the connection in our database; null when it has none
 * @param now milliseconds since 1970
 * @returns null if there is nothing to restore, because the connection was disconnected and is not in the database
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

/** The state with the highest version of each connection. */
export const newest = (published: readonly ConnectionChanged[]): ConnectionChanged[] => {
  const byId = new Map<string, ConnectionChanged>();
  for (const one of published)
    if (one.version >= (byId.get(one.connectionId)?.version ?? 0)) byId.set(one.connectionId, one);
  return [...byId.values()];
};
