import type { Connection, Group } from './connection.js';

/** Another connection of the organisation that covers people whom this one covers too, as far as groups tell. */
export interface Overlap {
  readonly connectionId: string;
  readonly name: string;
  readonly reason: 'same-group' | 'covers-everyone';
}

type Covering = Pick<Connection, 'connectionId' | 'name' | 'group' | 'phase'>;

const reasonOf = (group: Group, other: Group): Overlap['reason'] | null => {
  if (group === null || other === null) return 'covers-everyone';
  return group.type === other.type && group.id === other.id ? 'same-group' : null;
};

/** Connections that name the same group, or of which one covers everyone. */
export const overlaps = (connection: Covering, others: readonly Covering[]): Overlap[] =>
  others.flatMap(({ connectionId, name, group, phase }) => {
    if (connectionId === connection.connectionId) return [];
    if (phase === 'disconnected' || connection.phase === 'disconnected') return [];
    const reason = reasonOf(connection.group, group);
    return reason ? [{ connectionId, name, reason }] : [];
  });
