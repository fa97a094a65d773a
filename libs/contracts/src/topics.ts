/**
 * The topics of the product. The key of each is the unit of order: the user for everything about a person, the
 * connection for a connection's state. The platform creates them in production, the embedded stack here.
 */
export interface TopicDefinition {
  /** Name without the prefix that `KAFKA_TOPIC_PREFIX` may put before it. */
  readonly name: string;
  readonly partitions: number;
  /** The member of the value that is also the key of the record, a UUID; null: the key is text of another kind. */
  readonly idInKey: 'userId' | 'connectionId' | null;
  readonly cleanupPolicy: 'compact' | 'delete';
  /** How long records are kept where the policy is `delete`; Kafka's own default when absent. */
  readonly retentionMs?: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export const topics = {
  users: { name: 'huma.users.v1', partitions: 6, idInKey: 'userId', cleanupPolicy: 'compact' },
  positions: { name: 'huma.positions.v1', partitions: 6, idInKey: 'userId', cleanupPolicy: 'compact' },
  connections: { name: 'poweroffice.connections.v1', partitions: 6, idInKey: 'connectionId', cleanupPolicy: 'compact' },
  syncCommands: {
    name: 'poweroffice.sync-commands.v1',
    partitions: 6,
    idInKey: 'userId',
    cleanupPolicy: 'delete',
    retentionMs: 7 * DAY_MS,
  },
  syncOutcomes: {
    name: 'poweroffice.sync-outcomes.v1',
    partitions: 6,
    idInKey: 'userId',
    cleanupPolicy: 'delete',
    retentionMs: 7 * DAY_MS,
  },
  unreadable: {
    name: 'poweroffice.unreadable.v1',
    partitions: 6,
    idInKey: null,
    cleanupPolicy: 'delete',
    retentionMs: 7 * DAY_MS,
  },
} as const satisfies Record<string, TopicDefinition>;

export type TopicKey = keyof typeof topics;
