import { createHash } from 'node:crypto';
import type { Database, Tx } from '@huma-poweroffice/platform';

/** One asked-for creation, by the key that its caller chose: a double click makes one connection. */
export interface Creation {
  readonly organizationId: string;
  readonly idempotencyKey: string;
  /** What was asked for, in any stable form; only its hash is kept. */
  readonly request: string;
}

/** Whether a statement failed because the creation is known already. */
export const isKnownCreation = (error: unknown): boolean =>
  (error as { constraint?: unknown } | null)?.constraint === 'creation_pkey';

const hash = (request: string): Buffer => createHash('sha256').update(request).digest();

export class CreationRepository {
  constructor(private readonly database: Database) {}

  async find(creation: Creation): Promise<{ readonly connectionId: string; readonly sameRequest: boolean } | null> {
    const [row] = await this.database.query<{ connection_id: string; request_hash: Buffer }>(
      'SELECT connection_id, request_hash FROM creation WHERE organization_id = $1 AND idempotency_key = $2',
      [creation.organizationId, creation.idempotencyKey],
    );
    return row
      ? { connectionId: row.connection_id, sameRequest: row.request_hash.equals(hash(creation.request)) }
      : null;
  }

  async add(tx: Tx, { organizationId, idempotencyKey, request }: Creation, connectionId: string): Promise<void> {
    await tx.query('INSERT INTO creation VALUES ($1, $2, $3, $4)', [
      organizationId,
      idempotencyKey,
      hash(request),
      connectionId,
    ]);
  }
}
