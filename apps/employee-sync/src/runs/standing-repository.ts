import type { Tx } from '@huma-poweroffice/platform';
import { isUuid } from '@huma-poweroffice/platform/service';
import type { Int64 } from '@huma-poweroffice/poweroffice';
import { emailKey } from '../lanes/email-key.js';
import type { Other } from './judge-link.js';
import type { LeasedRun } from './run.js';

/** Who else has an email, or carries it in a request, beside the person of an item. */
export interface EmailUse {
  readonly userId: string;
  readonly email: string;
}

/** What our own database says of the links of a plan, in the transaction that records them. */
export class StandingRepository {
  /** Who is linked to each of these employees. */
  async holders(tx: Tx, run: LeasedRun, employeeIds: readonly Int64[]): Promise<Map<Int64, Other>> {
    const rows = await tx.query<Other & { employeeId: Int64 }>(
      `SELECT l.linked_employee AS "employeeId", l.user_id AS "userId",
              coalesce(p.state = 'deleted', false) AS "isDeleted"
         FROM lane l LEFT JOIN person p USING (user_id)
        WHERE l.connection_id = $1 AND l.linked_employee = ANY ($2::bigint[])`,
      [run.connectionId, employeeIds],
    );
    return new Map(rows.map(({ employeeId, ...holder }) => [employeeId, holder]));
  }

  /** The people of ours whose ids these references are, by the reference in lower case. */
  async named(tx: Tx, run: LeasedRun, references: readonly (string | null)[]): Promise<Map<string, Other>> {
    const ids = references.flatMap((r) => (r !== null && isUuid(r) ? [r.toLowerCase()] : []));
    const rows = await tx.query<Other>(
      `SELECT user_id AS "userId", state = 'deleted' AS "isDeleted" FROM person
        WHERE user_id = ANY ($2::uuid[]) AND (organization_id = $1 OR organization_id IS NULL)`,
      [run.organizationId, ids],
    );
    return new Map(rows.map((other) => [other.userId, other]));
  }

  /** People whom the connection covers and who have got one of these emails since the run collected. */
  async newcomersTo(tx: Tx, run: LeasedRun, emails: readonly string[]): Promise<EmailUse[]> {
    return tx.query<EmailUse>(
      `SELECT p.user_id AS "userId", p.email
         FROM person p JOIN lane l ON l.connection_id = $2 AND l.user_id = p.user_id AND l.in_scope
        WHERE p.organization_id = $3 AND p.email = ANY ($4::text[]) AND p.state <> 'deleted'
          AND NOT EXISTS (SELECT 1 FROM run_person r
                           WHERE r.run_id = $1 AND r.user_id = p.user_id AND r.email = p.email)`,
      [run.id, run.connectionId, run.organizationId, emails],
    );
  }

  /** Of these employees those who were not archived and had the email already when the run collected, by that email's key. */
  async collectedEmails(tx: Tx, run: LeasedRun, employeeIds: readonly Int64[]): Promise<Map<Int64, string>> {
    const rows = await tx.query<{ employeeId: Int64; key: string }>(
      `SELECT employee_id AS "employeeId", email_key AS key FROM run_employee
        WHERE run_id = $1 AND employee_id = ANY ($2::bigint[]) AND email_key IS NOT NULL AND NOT archived`,
      [run.id, employeeIds],
    );
    return new Map(rows.map(({ employeeId, key }) => [employeeId, key]));
  }

  /**
   * Attempts that carry one of these emails, by the email's key. An attempt of somebody for whom nothing is done now is
   * never settled by itself: it counts only while it may still show in PowerOffice.
   * @param lookedAt when PowerOffice was read, by the database's clock in milliseconds
   */
  async inFlight(tx: Tx, run: LeasedRun, emails: readonly string[], lookedAt: number): Promise<EmailUse[]> {
    return tx.query<EmailUse>(
      `SELECT l.user_id AS "userId", l.attempt_email AS email
         FROM lane l JOIN person p USING (user_id)
        WHERE l.connection_id = $1 AND l.attempt_email = ANY ($2::text[])
          AND (p.state = 'active' AND l.in_scope OR l.attempt_settles_at >= to_timestamp($3 / 1000.0))`,
      [run.connectionId, emails.map(emailKey), lookedAt],
    );
  }
}
