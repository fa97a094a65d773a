import type { Keyring, Tx } from '@huma-poweroffice/platform';
import type { FieldChange } from '@huma-poweroffice/sync-rules';

/** One thing that was done to a person at PowerOffice, or decided without asking it. */
export interface AuditEntry {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly userId: string;
  readonly employeeId: string | null;
  readonly attemptId: string | null;
  /** What led to it: an event, a run, a person who asked. */
  readonly cause: string;
  /** What was asked of PowerOffice; null when nothing was. */
  readonly call: string | null;
  readonly result: string;
  readonly changes: readonly FieldChange[];
}

export interface AuditRow extends Omit<AuditEntry, 'changes'> {
  readonly id: string;
  readonly at: Date;
  /** When it was known what became of it; null where nothing was asked, or nothing is known yet. */
  readonly knownAt: Date | null;
  readonly fields: readonly string[];
  readonly changes: readonly FieldChange[];
}

interface StoredRow extends Omit<AuditRow, 'changes'> {
  readonly sealed: Buffer | null;
}

const contextOf = (entry: { readonly connectionId: string; readonly userId: string }): string =>
  `audit:${entry.connectionId}:${entry.userId}`;

const fieldsOf = (changes: readonly FieldChange[]): string[] => [...new Set(changes.map((change) => change.field))];

const columns = `id, at, known_at AS "knownAt", organization_id AS "organizationId", connection_id AS "connectionId", user_id AS "userId",
  employee_id AS "employeeId", attempt_id AS "attemptId", cause, call, result, fields, changes AS sealed`;

/** The record of every write; values are sealed. */
export class AuditRepository {
  constructor(private readonly keyring: Keyring) {}

  /**
   * What became of an attempt: its entry, which was written with the intent, says so from now on.
   * @returns false: it has none, since nothing was written at PowerOffice
   */
  async close(
    tx: Tx,
    place: { readonly connectionId: string; readonly userId: string },
    attemptId: string,
    known: Pick<AuditEntry, 'result' | 'employeeId'> & {
      /** Null: what was intended stays as it was written. */
      readonly changes: readonly FieldChange[] | null;
    },
  ): Promise<boolean> {
    const { result, employeeId, changes } = known;
    const closed = await tx.query(
      `UPDATE audit SET result = $2, known_at = clock_timestamp(), employee_id = coalesce($3, employee_id),
              fields = coalesce($4, fields), changes = coalesce($5, changes)
        WHERE attempt_id = $1 RETURNING 1`,
      [attemptId, result, employeeId, changes && fieldsOf(changes), changes && this.seal(changes, place)],
    );
    return closed.length > 0;
  }

  async append(tx: Tx, entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const of = <K extends keyof AuditEntry>(key: K): AuditEntry[K][] => entries.map((entry) => entry[key]);
    await tx.query(
      `INSERT INTO audit (organization_id, connection_id, user_id, employee_id, attempt_id, cause, call, result, fields, changes)
       SELECT organization_id, connection_id, user_id, employee_id, attempt_id, cause, call, result,
              ARRAY(SELECT jsonb_array_elements_text(fields)), changes
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::text[],
                     $9::jsonb[], $10::bytea[]) WITH ORDINALITY
              AS e (organization_id, connection_id, user_id, employee_id, attempt_id, cause, call, result, fields,
                    changes, n)
        ORDER BY n`,
      [
        of('organizationId'),
        of('connectionId'),
        of('userId'),
        of('employeeId'),
        of('attemptId'),
        of('cause'),
        of('call'),
        of('result'),
        entries.map(({ changes }) => JSON.stringify(fieldsOf(changes))),
        entries.map((entry) => (entry.changes.length === 0 ? null : this.seal(entry.changes, entry))),
      ],
    );
  }

  /**
   * Newest first.
   * @param before only entries older than this id
   */
  async list(
    db: Pick<Tx, 'query'>,
    connectionId: string,
    filter: { readonly userId?: string | undefined; readonly before?: string | undefined; readonly limit: number },
  ): Promise<AuditRow[]> {
    const rows = await db.query<StoredRow>(
      `SELECT ${columns} FROM audit
        WHERE connection_id = $1 AND ($2::uuid IS NULL OR user_id = $2) AND ($3::bigint IS NULL OR id < $3)
        ORDER BY id DESC LIMIT $4`,
      [connectionId, filter.userId ?? null, filter.before ?? null, filter.limit],
    );
    return rows.map(({ sealed, ...row }) => ({
      ...row,
      changes: sealed ? (JSON.parse(this.keyring.open(sealed, contextOf(row)).toString('utf8')) as FieldChange[]) : [],
    }));
  }

  private seal(changes: readonly FieldChange[], place: Pick<AuditEntry, 'connectionId' | 'userId'>): Buffer {
    return this.keyring.seal(JSON.stringify(changes), contextOf(place));
  }
}
