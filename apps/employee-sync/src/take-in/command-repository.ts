import type { ApplyEmploymentCommand, SyncPersonCommand } from '@huma-poweroffice/contracts';
import type { Tx } from '@huma-poweroffice/platform';
import { becomesDue, wakesNow } from '../lanes/make-due.js';
import { announceLanes } from '../lanes/lane-channel.js';

/** What other services ask for. A command never carries a value of a person to be written: it makes lanes due. */
export class CommandRepository {
  /** Has the person looked at again, also what was refused or blocked, in one connection or in all that cover them. */
  async syncPerson(tx: Tx, command: SyncPersonCommand, eventId: string, trace: string | null): Promise<void> {
    await tx.query(
      `UPDATE lane l
          SET ${becomesDue('person', '$4', 'l', 1)}, trace = $5
         FROM connection c
        WHERE c.connection_id = l.connection_id AND c.organization_id = $1 AND l.user_id = $2
          AND l.in_scope AND c.state <> 'disconnected'
          AND ($3::uuid IS NULL OR c.connection_id = $3)`,
      [command.organizationId, command.userId, command.connectionId, `command ${eventId}`, trace],
    );
    await announceLanes(tx);
  }

  /** Takes in the facts of a person's employment, unless they are old news or none of the positions may be sent. */
  async applyEmployment(tx: Tx, command: ApplyEmploymentCommand, eventId: string, trace: string | null): Promise<void> {
    if (!command.touched) return;
    // Whose a person is, the person's own events say; a command may come before them.
    const newer = await tx.query(
      `INSERT INTO employment AS e (user_id, organization_id, version, facts)
       SELECT $1::uuid, $2::uuid, $3::bigint, $4::jsonb
        WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.user_id = $1 AND p.organization_id <> $2)
       ON CONFLICT (user_id) DO UPDATE
          SET organization_id = excluded.organization_id, version = excluded.version, facts = excluded.facts
        WHERE e.organization_id <> excluded.organization_id OR e.version < excluded.version
           OR (e.version = excluded.version AND e.facts <> excluded.facts)
       RETURNING 1`,
      [command.userId, command.organizationId, command.version, JSON.stringify(command.facts)],
    );
    if (newer.length === 0) return;
    await tx.query(
      `UPDATE lane l
          SET due = true, class = least(l.class, 1), wake_at = ${wakesNow('l')},
              waiting_since = coalesce(l.waiting_since, now()), cause = $3, trace = $4
         FROM connection c
        WHERE c.connection_id = l.connection_id AND c.organization_id = $1 AND c.send_positions AND l.user_id = $2
          AND l.in_scope AND c.state <> 'disconnected'`,
      [command.organizationId, command.userId, `command ${eventId}`, trace],
    );
    await announceLanes(tx);
  }
}
