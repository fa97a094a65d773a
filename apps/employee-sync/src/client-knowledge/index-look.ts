import type { Tx } from '@huma-poweroffice/platform';
import type { ReadingFailure } from './pauses.js';

/** What the index of a client's employees says, and how far it can be relied on. */
export interface IndexLook {
  /** It was brought up to date within the last minute; otherwise it must be refreshed before a create relies on it. */
  readonly fresh: boolean;
  /** The database's clock, milliseconds since 1970: what PowerOffice showed before is in it. Null: it was never read. */
  readonly asOf: number | null;
  /** Why it cannot be brought up to date, since how many tries in a row, and when the first of them was. */
  readonly reason: ReadingFailure | null;
  readonly failures: number;
  readonly failingSince: number | null;
  /** Before this moment nobody but a person asks again. */
  readonly retryAt: number | null;
  /** There is an employee with an unreadable email that no lane is linked to, so any newcomer could be that employee. */
  readonly hasUnknownEmail: boolean;
  /** Employees with one of the emails that were asked for. */
  readonly found: readonly IndexedByEmail[];
}

export interface IndexedByEmail {
  readonly email: string;
  readonly employeeId: string;
  readonly reference: string | null;
  readonly archived: boolean;
}

/** How old the index may be for a look before an automatic create (lane protocol, 10). */
export const INDEX_FRESH_SECONDS = 60;

const epochMs = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::float8`;

/** Finds employees by email: an email of any length is found by its first letters, which is all that an index can hold. */
export const byEmail = (emails: string): string =>
  `left(e.email, 320) = ANY (SELECT left(wanted, 320) FROM unnest(${emails}::text[]) wanted) AND e.email = ANY (${emails}::text[])`;

/**
 * Looks into the index of the client's employees (lane protocol, 10).
 * @param emails in the form of `normalizeEmail`
 */
export const lookIntoIndex = async (
  tx: Pick<Tx, 'query'>,
  connectionId: string,
  emails: readonly string[],
): Promise<IndexLook> => {
  const [state] = await tx.query<Omit<IndexLook, 'found'>>(stateStatement, [connectionId, INDEX_FRESH_SECONDS]);
  const found = await tx.query<IndexedByEmail>(
    `SELECT e.email, e.employee_id AS "employeeId", e.reference, e.archived FROM client_employee e
      WHERE e.connection_id = $1 AND ${byEmail('$2')}`,
    [connectionId, emails],
  );
  return { ...(state ?? neverRead), found };
};

const neverRead: Omit<IndexLook, 'found'> = {
  fresh: false,
  asOf: null,
  reason: null,
  failures: 0,
  failingSince: null,
  retryAt: null,
  hasUnknownEmail: false,
};

const stateStatement = `
  SELECT coalesce(k.employees_as_of > clock_timestamp() - $2 * interval '1 second', false) AS fresh,
         ${epochMs('k.employees_as_of')} AS "asOf", k.employees_reason AS reason, k.employees_failures AS failures,
         ${epochMs('k.employees_failing_since')} AS "failingSince", ${epochMs('k.employees_retry_at')} AS "retryAt",
         EXISTS (
           SELECT 1 FROM client_employee e
            WHERE e.connection_id = k.connection_id AND NOT e.email_known
              AND NOT EXISTS (SELECT 1 FROM lane l
                               WHERE l.connection_id = e.connection_id AND l.linked_employee = e.employee_id)
         ) AS "hasUnknownEmail"
    FROM client_knowledge k JOIN connection c USING (connection_id, client_id)
   WHERE k.connection_id = $1`;
