import type { ConnectionSettings, GroupType } from '@huma-poweroffice/contracts';
import type { Database, Tx } from '@huma-poweroffice/platform';
import type { FieldAbility } from './abilities.js';
import type { Connection, HoldReason } from './connection.js';
import type { Phase } from './transitions.js';

interface Row {
  connection_id: string;
  organization_id: string;
  version: number;
  name: string;
  phase: Phase;
  held_for: HoldReason | null;
  group_type: GroupType | null;
  group_id: string | null;
  client_id: string;
  client_name: string;
  settings: ConnectionSettings;
  abilities: FieldAbility[];
  activated_at: Date | null;
  created_at: Date;
  changed_at: Date;
}

const columns = `connection_id, organization_id, version, name, phase, held_for, group_type, group_id, client_id,
  client_name, settings, abilities, activated_at, created_at, changed_at`;

const read = (row: Row): Connection => ({
  connectionId: row.connection_id,
  organizationId: row.organization_id,
  version: row.version,
  name: row.name,
  phase: row.phase,
  heldFor: row.held_for,
  group: row.group_type && row.group_id ? { type: row.group_type, id: row.group_id } : null,
  client: { id: row.client_id, name: row.client_name },
  settings: row.settings,
  abilities: row.abilities,
  activatedAt: row.activated_at?.getTime() ?? null,
  createdAt: row.created_at.getTime(),
  changedAt: row.changed_at.getTime(),
});

const moment = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

const values = (c: Connection): unknown[] => [
  c.connectionId,
  c.organizationId,
  c.version,
  c.name,
  c.phase,
  c.heldFor,
  c.group?.type ?? null,
  c.group?.id ?? null,
  c.client.id,
  c.client.name,
  JSON.stringify(c.settings),
  JSON.stringify(c.abilities),
  moment(c.activatedAt),
  moment(c.createdAt),
  moment(c.changedAt),
];

/** Whether a statement failed because another connection that is not disconnected has the PowerOffice client. */
export const isClientTaken = (error: unknown): boolean =>
  (error as { constraint?: unknown } | null)?.constraint === 'one_connection_per_client';

export class ConnectionRepository {
  constructor(private readonly database: Database) {}

  async find(connectionId: string): Promise<Connection | null> {
    return this.one('WHERE connection_id = $1', [connectionId]);
  }
  async findByClient(clientId: string): Promise<Connection | null> {
    return this.one(`WHERE client_id = $1 AND phase <> 'disconnected' AND held_for IS DISTINCT FROM 'restored'`, [
      clientId,
    ]);
  }
  /** The organisation’s connections, the oldest first; at most 1,000. */
  async list(organizationId: string): Promise<Connection[]> {
    return this.many(`WHERE organization_id = $1 ORDER BY created_at, connection_id LIMIT 1000`, [organizationId]);
  }
  /**
   * A few that work as far as is known, those first whose token was obtained last: who can tell whether our own keys
   * do.
   */
  async witnesses(besides: string, count: number): Promise<Connection[]> {
    const known = await this.many(
      `JOIN access_token ON owner_id = connection_id AND kind = 'poweroffice' AND sealed IS NOT NULL
        WHERE connection_id <> $1 AND phase <> 'disconnected' AND phase NOT LIKE 'held-%'
        ORDER BY obtained_at DESC LIMIT $2`,
      [besides, count],
    );
    if (known.length > 0) return known;
    return this.many(`WHERE connection_id <> $1 AND phase <> 'disconnected' AND phase NOT LIKE 'held-%' LIMIT $2`, [
      besides,
      count,
    ]);
  }
  async countByPhase(): Promise<{ phase: Phase; count: number }[]> {
    return this.database.query('SELECT phase, count FROM connection_tally');
  }

  /** Holds the connection until the transaction ends. */
  async lock(tx: Tx, connectionId: string): Promise<Connection | null> {
    const [row] = await tx.query<Row>(`SELECT ${columns} FROM connection WHERE connection_id = $1 FOR UPDATE`, [
      connectionId,
    ]);
    return row ? read(row) : null;
  }
  async insert(tx: Tx, connection: Connection): Promise<void> {
    await tx.query(
      `INSERT INTO connection (${columns}, probed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, now())`,
      values(connection),
    );
  }
  async update(tx: Tx, connection: Connection): Promise<void> {
    await tx.query(
      `UPDATE connection SET (${columns}) = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        WHERE connection_id = $1`,
      values(connection),
    );
  }

  /** Remembers that the run has finished. @returns false when that was known */
  async addFinishedRun(tx: Tx, connectionId: string, runId: string): Promise<boolean> {
    const added = await tx.query('INSERT INTO finished_run VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1', [
      connectionId,
      runId,
    ]);
    return added.length > 0;
  }

  /** @returns whether the caller may probe now: nobody did within that time */
  async claimProbe(connectionId: string, notWithinMs: number): Promise<boolean> {
    const claimed = await this.database.query(
      `UPDATE connection SET probed_at = now()
        WHERE connection_id = $1 AND probed_at < now() - $2 * interval '1 ms' RETURNING 1`,
      [connectionId, notWithinMs],
    );
    return claimed.length > 0;
  }

  private async one(where: string, parameters: unknown[]): Promise<Connection | null> {
    return (await this.many(where, parameters))[0] ?? null;
  }
  private async many(where: string, parameters: unknown[]): Promise<Connection[]> {
    return (await this.database.query<Row>(`SELECT ${columns} FROM connection ${where}`, parameters)).map(read);
  }
}
