import type { Database, Keyring, Tx } from '@huma-poweroffice/platform';
import { Secret } from '@huma-poweroffice/platform';

/** Where sealed values are kept: the table, and the column that names whose they are. */
export interface Place {
  readonly table: 'client_key' | 'huma_credentials' | 'access_token';
  readonly owner: 'connection_id' | 'organization_id' | 'owner_id';
  /** The kind of the value, if the table holds several kinds. */
  readonly kind?: 'poweroffice' | 'huma';
}

/** All places of this service where values are sealed. */
export const places = {
  clientKeys: { table: 'client_key', owner: 'connection_id' },
  humaCredentials: { table: 'huma_credentials', owner: 'organization_id' },
  powerOfficeTokens: { table: 'access_token', owner: 'owner_id', kind: 'poweroffice' },
  humaTokens: { table: 'access_token', owner: 'owner_id', kind: 'huma' },
} as const satisfies Record<string, Place>;

/** A sealed value opens only at its place and for its owner. */
export const contextOf = ({ table, kind }: Place, ownerId: string): string =>
  kind === undefined ? `${table}:${ownerId}` : `${table}:${kind}:${ownerId}`;

/** Secrets of one place, sealed; a row that is removed is gone at once. */
export class SecretRepository {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
    private readonly place: Place,
  ) {}

  async get(ownerId: string): Promise<Secret | null> {
    const [row] = await this.database.query<{ sealed: Buffer | null }>(
      `SELECT sealed FROM ${this.place.table} WHERE ${this.place.owner} = $1`,
      [ownerId],
    );
    return row?.sealed
      ? new Secret(this.keyring.open(row.sealed, contextOf(this.place, ownerId)).toString('utf8'))
      : null;
  }

  async put(tx: Tx, ownerId: string, secret: Secret): Promise<void> {
    await tx.query(
      `INSERT INTO ${this.place.table} (${this.place.owner}, sealed) VALUES ($1, $2)
       ON CONFLICT (${this.place.owner}) DO UPDATE SET sealed = excluded.sealed`,
      [ownerId, this.keyring.seal(secret.reveal(), contextOf(this.place, ownerId))],
    );
  }

  async remove(tx: Tx, ownerId: string): Promise<void> {
    await tx.query(`DELETE FROM ${this.place.table} WHERE ${this.place.owner} = $1`, [ownerId]);
  }
}
