import type { Tx } from '@huma-poweroffice/platform';
import { announceLanes } from '../lanes/lane-channel.js';
import { becomesDue } from '../lanes/make-due.js';
import { byEmail } from './index-look.js';

/** Reasons of whole persons that a look at the client's employees may end. */
export const endedByALook = [
  'email-exists',
  'employees-unreadable',
  'not-permitted',
  'poweroffice-unavailable',
  'employee-archived',
  'employee-gone',
] as const;

/** Of a blocked lane: a look may end its wait. What is not permitted is often a write, of which the list says nothing. */
export const mayEndByALook = `l.blocked_reason IN (${endedByALook.map((reason) => `'${reason}'`).join(', ')})
  AND (l.blocked_reason <> 'not-permitted' OR l.waits_for && ARRAY['employees-list'])`;

const isUnlinked = 'l.is_new AND l.linked_employee IS NULL';

/** Lanes that wait for a look into the index have their turn now. */
export const wakeWhoWaitsForIndex = async (tx: Tx, connectionId: string): Promise<void> => {
  await tx.query(
    `UPDATE lane l SET ${becomesDue('employees-list', 'l.cause', 'l')}
      WHERE l.connection_id = $1 AND ${isUnlinked} AND l.due AND l.attempt_kind IS NULL AND l.wake_at > now()`,
    [connectionId],
  );
  await announceLanes(tx);
};

/** The employees could be read again. @returns how many lanes that were blocked for it are due now */
export const wakeWhoCouldNotRead = async (tx: Tx, connectionId: string): Promise<number> => {
  const woken = await tx.query(
    `UPDATE lane l SET ${becomesDue('employees-list', "'employees could be read'", 'l')}
      WHERE l.connection_id = $1 AND ${isUnlinked} AND NOT l.due
        AND l.blocked_reason IN ('employees-unreadable', 'not-permitted', 'poweroffice-unavailable')
        AND ${mayEndByALook}
     RETURNING 1`,
    [connectionId],
  );
  return woken.length;
};

/**
 * Nobody in the client has an email any more that somebody waits for. An unknown email, of an employee whom no lane is
 * linked to, may be anybody's.
 * @returns how many lanes that were blocked for it are due now
 */
export const wakeWhoseEmailIsFree = async (tx: Tx, connectionId: string): Promise<number> => {
  const woken = await tx.query(
    `UPDATE lane l SET ${becomesDue('freed-email', "'an email was freed'", 'l')}
       FROM person p
      WHERE l.connection_id = $1 AND p.user_id = l.user_id AND l.blocked_reason = 'email-exists' AND NOT l.due
        AND NOT EXISTS (SELECT 1 FROM client_employee e
                         WHERE e.connection_id = $1 AND ${byEmail('ARRAY[p.email]')})
        AND NOT EXISTS (SELECT 1 FROM client_employee e
                         WHERE e.connection_id = $1 AND NOT e.email_known
                           AND NOT EXISTS (SELECT 1 FROM lane o
                                            WHERE o.connection_id = $1 AND o.linked_employee = e.employee_id))
     RETURNING 1`,
    [connectionId],
  );
  if (woken.length > 0) await announceLanes(tx);
  return woken.length;
};

/**
 * Employees that were archived or gone were seen alive by a refresh. Their lanes read them before anything is written.
 * @returns how many lanes are due now
 */
export const wakeWhoIsBack = async (tx: Tx, connectionId: string, refreshId: string): Promise<number> => {
  const woken = await tx.query(
    `UPDATE lane l SET ${becomesDue('employee-back', "'the employee was seen again'", 'l')}
       FROM client_employee e
      WHERE l.connection_id = $1 AND l.blocked_reason IN ('employee-archived', 'employee-gone')
        AND e.connection_id = l.connection_id AND e.employee_id = l.linked_employee
        AND e.seen_in = $2 AND e.email_known AND NOT e.archived
     RETURNING 1`,
    [connectionId, refreshId],
  );
  return woken.length;
};
