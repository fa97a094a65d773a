import type { Database, Keyring, Tx } from '@huma-poweroffice/platform';
import { contextOf, type Place } from '../sealing/secret-repository.js';

/** A token that is kept, and how long it can still be used, in milliseconds. */
export interface KeptToken {
  readonly accessToken: string;
  readonly leftMs: number;
}

/** Access tokens of one kind, sealed, in common to all replicas; times by the database's clock. */
export class TokenRepository {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
    private readonly place: Place & { readonly kind: 'poweroffice' | 'huma' },
  ) {}

  async find(ownerId: string): Promise<KeptToken | null> {
    const [row] = await this.database.query<{ sealed: Buffer; left_ms: number }>(
      `SELECT sealed, (extract(epoch FROM ends_at - clock_timestamp()) * 1000)::float8 AS left_ms
         FROM access_token WHERE owner_id = $1 AND kind = $2 AND sealed IS NOT NULL`,
      [ownerId, this.place.kind],
    );
    if (!row) return null;
    const accessToken = this.keyring.open(row.sealed, contextOf(this.place, ownerId)).toString('utf8');
    return { accessToken, leftMs: Math.floor(row.left_ms) };
  }

  /** @returns whether the renewal is the caller's for so long; else somebody else is at it */
  async claimRenewal(ownerId: string, renewer: string, forMs: number): Promise<boolean> {
    const claimed = await this.database.query(
      `INSERT INTO access_token (kind, owner_id, renewer, renewing_until)
       VALUES ($4, $1, $2, clock_timestamp() + $3 * interval '1 ms')
       ON CONFLICT (kind, owner_id) DO UPDATE SET renewer = excluded.renewer, renewing_until = excluded.renewing_until
        WHERE access_token.renewing_until < clock_timestamp()
       RETURNING 1`,
      [ownerId, renewer, forMs, this.place.kind],
    );
    return claimed.length > 0;
  }
  async endRenewal(ownerId: string, renewer: string): Promise<void> {
    await this.database.query(
      `UPDATE access_token SET renewing_until = '-infinity' WHERE owner_id = $1 AND renewer = $2 AND kind = $3`,
      [ownerId, renewer, this.place.kind],
    );
  }
  /** Keeps the token and ends the renewal; does nothing when it was taken away meanwhile (disconnected, a new key). */
  async keep(ownerId: string, renewer: string, accessToken: string, lifeMs: number): Promise<void> {
    await this.database.query(
      `UPDATE access_token SET sealed = $3, obtained_at = clock_timestamp(), renewing_until = '-infinity',
              ends_at = clock_timestamp() + $4 * interval '1 ms'
        WHERE owner_id = $1 AND renewer = $2 AND kind = $5`,
      [ownerId, renewer, this.keyring.seal(accessToken, contextOf(this.place, ownerId)), lifeMs, this.place.kind],
    );
  }

  /**
   * Destroys the token of an owner, also one that is being renewed. The empty row that stays lets a renewal that
   * begins meanwhile wait until the transaction has ended: it then reads the key that came of it.
   */
  async remove(tx: Tx, ownerId: string): Promise<void> {
    await tx.query(
      `INSERT INTO access_token (kind, owner_id) VALUES ($2, $1)
       ON CONFLICT (kind, owner_id) DO UPDATE SET sealed = NULL, ends_at = NULL, obtained_at = NULL, renewer = NULL,
               renewing_until = '-infinity'`,
      [ownerId, this.place.kind],
    );
  }
}
