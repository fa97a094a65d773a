import type { Tx } from '@huma-poweroffice/platform';
import { announceLanes } from '../lanes/lane-channel.js';
import { becomesDue } from '../lanes/make-due.js';
import type { LeasedRun } from './run.js';

/** What a run wakes: whoever waits is looked at, because a person who runs the connection waits for the result. */
export class WakingRepository {
  /** Lanes of employees that were archived or gone, and that the run has seen alive. */
  async employeesAreBack(tx: Tx, run: LeasedRun): Promise<void> {
    await tx.query(
      `UPDATE lane l SET ${becomesDue('employee-back', '$3', 'l')}
         FROM run_employee e
        WHERE l.connection_id = $1 AND l.blocked_reason IN ('employee-archived', 'employee-gone')
          AND e.run_id = $2 AND e.employee_id = l.linked_employee AND e.collected IS NOT NULL AND NOT e.archived`,
      [run.connectionId, run.id, `run ${run.id}`],
    );
    await announceLanes(tx);
  }

  /**
   * All lanes that wait for something.
   * @returns whether one of them waits for a privilege
   */
  async lookAtWhoWaits(tx: Tx, run: LeasedRun): Promise<boolean> {
    const woken = await tx.query<{ waitsForPrivilege: boolean }>(
      `UPDATE lane l SET ${becomesDue('look', '$2', 'l')}
        WHERE l.connection_id = $1 AND (l.waits_for <> '{}' OR l.blocked_reason IS NOT NULL)
          AND (l.linked_employee IS NOT NULL OR l.is_new) AND NOT l.due
       RETURNING 'privilege' = ANY (l.waits_for) AS "waitsForPrivilege"`,
      [run.connectionId, `run ${run.id}`],
    );
    await announceLanes(tx);
    return woken.some(({ waitsForPrivilege }) => waitsForPrivilege);
  }
}
