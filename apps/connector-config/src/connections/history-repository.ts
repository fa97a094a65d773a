import type { Database, Tx } from '@huma-poweroffice/platform';

/** Who changed something: a person, one of Huma's services, or this service by itself. */
export interface Actor {
  readonly kind: 'person' | 'service' | 'system';
  /** The caller's subject; null for the system. */
  readonly id: string | null;
}

/** One change of a connection. Details name what changed; they hold no secrets. */
export interface Change {
  readonly change: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface HistoryEntry extends Change {
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly actor: Actor;
}

interface Row {
  version: number;
  at: Date;
  actor_kind: Actor['kind'];
  actor: string | null;
  change: string;
  details: Record<string, unknown>;
}

export class HistoryRepository {
  constructor(private readonly database: Database) {}

  async add(tx: Tx, connectionId: string, entry: HistoryEntry): Promise<void> {
    await tx.query(
      `INSERT INTO connection_history (connection_id, version, at, actor_kind, actor, change, details)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        connectionId,
        entry.version,
        new Date(entry.at),
        entry.actor.kind,
        entry.actor.id,
        entry.change,
        JSON.stringify(entry.details),
      ],
    );
  }

  /** Whether the connection had that version at that moment (milliseconds since 1970). */
  async holds(tx: Tx, connectionId: string, version: number, at: number): Promise<boolean> {
    const rows = await tx.query(
      'SELECT 1 FROM connection_history WHERE connection_id = $1 AND version = $2 AND at = $3',
      [connectionId, version, new Date(at)],
    );
    return rows.length > 0;
  }

  /** The newest first. */
  async list(connectionId: string, count: number): Promise<HistoryEntry[]> {
    const rows = await this.database.query<Row>(
      `SELECT version, at, actor_kind, actor, change, details FROM connection_history
        WHERE connection_id = $1 ORDER BY id DESC LIMIT $2`,
      [connectionId, count],
    );
    return rows.map(({ version, at, actor_kind: kind, actor, change, details }) => ({
      version,
      at: at.getTime(),
      actor: { kind, id: actor },
      change,
      details,
    }));
  }
}
