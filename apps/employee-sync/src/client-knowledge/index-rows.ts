import { normalizeEmail } from '@huma-poweroffice/huma';
import type { Tx } from '@huma-poweroffice/platform';
import type { Employee, Int64 } from '@huma-poweroffice/poweroffice';
import type { Refresh } from './refresh.js';

/** The members of an employee that the index needs. */
export type IndexedEmployee = Pick<
  Employee,
  'id' | 'emailAddress' | 'externalImportReference' | 'isArchived' | 'lastChangedDateTimeOffset'
>;

/** What one page of a refresh brought. */
export interface IndexPage {
  readonly items: readonly IndexedEmployee[];
  /** Employees whose entries could not be read: their emails are unknown. */
  readonly unreadable: readonly { readonly id: Int64 }[];
}

/** A client of fewer employees may lose most of them by itself. */
const FEW_EMPLOYEES = 20;

/** An employee as the index keeps it. */
export interface IndexRow {
  readonly id: Int64;
  readonly email: string | null;
  readonly emailKnown: boolean;
  readonly reference: string | null;
  readonly archived: boolean;
}

/** What the index keeps of a page, each employee once. */
export const rowsOf = ({ items, unreadable }: IndexPage): IndexRow[] => {
  const readable = items.map((e): [Int64, IndexRow] => [
    e.id,
    {
      id: e.id,
      email: e.emailAddress === null ? null : normalizeEmail(e.emailAddress),
      emailKnown: true,
      reference: e.externalImportReference,
      archived: e.isArchived,
    },
  ]);
  const unknown = unreadable.map(({ id }): [Int64, IndexRow] => [
    id,
    { id, email: null, emailKnown: false, reference: null, archived: false },
  ]);
  return [...new Map([...readable, ...unknown]).values()];
};

/**
 * Saves what a page brought; what we entered ourselves stays where the page may be older. An entry that cannot be read
 * keeps what was known of it before, which may still be so.
 * @param lagMs the longest lag of a read behind a write
 */
export const saveRows = async (
  tx: Tx,
  { connectionId, id, beganAt }: Refresh,
  rows: readonly IndexRow[],
  lagMs: number,
): Promise<void> => {
  await tx.query(
    `INSERT INTO client_employee (connection_id, employee_id, email, email_known, reference, archived, seen_in)
     SELECT $1, e.*, $7 FROM unnest($2::bigint[], $3::text[], $4::boolean[], $5::text[], $6::boolean[]) AS e
     ON CONFLICT (connection_id, employee_id) DO UPDATE
        SET email_known = excluded.email_known, seen_in = excluded.seen_in, entered_at = NULL,
            email = CASE WHEN excluded.email_known THEN excluded.email ELSE client_employee.email END,
            reference = CASE WHEN excluded.email_known THEN excluded.reference ELSE client_employee.reference END,
            archived = CASE WHEN excluded.email_known THEN excluded.archived ELSE client_employee.archived END
      WHERE ${mayReplace('client_employee', '$8', '$9')}`,
    [
      connectionId,
      rows.map((row) => row.id),
      rows.map((row) => row.email),
      rows.map((row) => row.emailKnown),
      rows.map((row) => row.reference),
      rows.map((row) => row.archived),
      id,
      beganAt,
      lagMs,
    ],
  );
};

/**
 * Everybody was read: who was not seen is not there any more. A list that is strikingly short is believed only when the
 * next whole one is as short.
 * @param shortBefore the length of the whole list before this one, if that was not believed
 * @returns the length of a list that was not believed
 */
export const removeUnseen = async (
  tx: Tx,
  refresh: Refresh,
  shortBefore: number | null,
  lagMs: number,
): Promise<number | null> => {
  const { connectionId, id, beganAt } = refresh;
  const [count] = await tx.query<{ known: number; seen: number }>(
    `SELECT count(*)::int AS known, (count(*) FILTER (WHERE seen_in = $2))::int AS seen
       FROM client_employee WHERE connection_id = $1`,
    [connectionId, id],
  );
  const { known = 0, seen = 0 } = count ?? {};
  const isShort = known >= FEW_EMPLOYEES && seen * 2 < known;
  if (isShort && shortBefore === null) return seen;
  await tx.query(
    `DELETE FROM client_employee e
      WHERE e.connection_id = $1 AND e.seen_in IS DISTINCT FROM $2 AND ${mayReplace('e', '$3', '$4')}`,
    [connectionId, id, beganAt, lagMs],
  );
  return null;
};

/** What we entered ourselves may not show yet in what a refresh reads that began before. */
const mayReplace = (row: string, beganAt: string, lagMs: string): string =>
  `(${row}.entered_at IS NULL OR ${row}.entered_at <= ${beganAt}::timestamptz - ${lagMs} * interval '1 ms')`;
