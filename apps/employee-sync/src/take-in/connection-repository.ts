import type { ConnectionChanged } from '@huma-poweroffice/contracts';
import type { Tx } from '@huma-poweroffice/platform';
import { announceLanes, whilePeopleRest } from '../lanes/lane-channel.js';

/** What employee-sync knows of connections: connector-config owns them, and says every change. */
export class ConnectionRepository {
  /**
   * Takes in the state of a connection, unless it is old news, and what follows for lanes: who is covered gets one, who
   * is not any more is locked, another client's links and attempts are forgotten, and what waited for a privilege or for
   * creating to be on is looked at again.
   */
  async takeIn(tx: Tx, connection: ConnectionChanged): Promise<void> {
    await whilePeopleRest(tx);
    const id = connection.connectionId;
    const [before] = await tx.query<{ client_id: string; create_users: boolean; abilities: unknown }>(
      'SELECT client_id, create_users, abilities FROM connection WHERE connection_id = $1 AND version < $2 FOR UPDATE',
      [id, connection.version],
    );
    const saved = await this.save(tx, connection);
    if (!saved) return;
    if (before && before.client_id !== connection.client.id) await this.forgetLinks(tx, id);
    await tx.query(coverStatement, [id]);
    await tx.query(uncoverStatement, [id]);
    if (before && connection.settings.createUsers && !before.create_users)
      await tx.query(`UPDATE lane SET ${becomesDue} WHERE connection_id = $1 AND is_new AND NOT due`, [id]);
    if (before && JSON.stringify(before.abilities) !== JSON.stringify(connection.abilities))
      await tx.query(
        `UPDATE lane SET ${becomesDue} WHERE connection_id = $1 AND waits_for && ARRAY['privilege'] AND NOT due`,
        [id],
      );
    await announceLanes(tx);
  }

  private async save(tx: Tx, c: ConnectionChanged): Promise<boolean> {
    const saved = await tx.query(
      `INSERT INTO connection AS c (connection_id, organization_id, version, name, state, pause_reason, group_id,
              client_id, client_name, create_users, send_positions, abilities, mail, activated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
       ON CONFLICT (connection_id) DO UPDATE
          SET version = excluded.version, name = excluded.name, state = excluded.state,
              pause_reason = excluded.pause_reason, group_id = excluded.group_id, client_id = excluded.client_id,
              client_name = excluded.client_name, create_users = excluded.create_users,
              send_positions = excluded.send_positions, abilities = excluded.abilities, mail = excluded.mail,
              activated_at = excluded.activated_at
        WHERE c.version < excluded.version
       RETURNING 1`,
      [
        c.connectionId,
        c.organizationId,
        c.version,
        c.name,
        c.state,
        c.pauseReason,
        c.group?.id ?? null,
        c.client.id,
        c.client.name,
        c.settings.createUsers,
        c.settings.sendPositions,
        JSON.stringify(c.abilities),
        JSON.stringify(c.settings.mail),
        c.activatedAt,
      ],
    );
    return saved.length > 0;
  }

  /** What is known of employees means nothing in another client. What is under way there records nothing any more. */
  private async forgetLinks(tx: Tx, connectionId: string): Promise<void> {
    await tx.query(
      `UPDATE lane SET state = NULL, linked_employee = NULL, attempt_kind = NULL, attempt_outcome = NULL, is_new = false,
              retrying = false, blocked_reason = NULL, refused = '{}', waits_for = '{}', due = true, wake_at = NULL,
              waiting_since = NULL, cause = 'connection changed'
        WHERE connection_id = $1`,
      [connectionId],
    );
    await tx.query('DELETE FROM client_employee WHERE connection_id = $1', [connectionId]);
    await tx.query('DELETE FROM client_knowledge WHERE connection_id = $1', [connectionId]);
  }
}

const becomesDue = `due = true, cause = 'connection changed', wake_at = coalesce(wake_at, now()),
  waiting_since = coalesce(waiting_since, now())`;

// Whoever comes to be covered because the connection changed is not new: they wait for Synchronize users, and there is
// nothing to look at in their lanes before.
const coverStatement = `
  INSERT INTO lane AS l (connection_id, user_id, due, is_new, in_scope, wake_at, waiting_since, cause)
  SELECT c.connection_id, p.user_id, true, false, true, NULL, NULL, 'connection changed'
    FROM connection c JOIN person p USING (organization_id)
   WHERE c.connection_id = $1 AND c.state <> 'disconnected' AND p.state <> 'deleted'
     AND (c.group_id IS NULL OR c.group_id = ANY (p.groups))
  ON CONFLICT (connection_id, user_id) DO UPDATE
     SET in_scope = true, due = true, cause = 'connection changed',
         wake_at = CASE WHEN l.linked_employee IS NOT NULL OR l.is_new THEN coalesce(l.wake_at, now()) ELSE l.wake_at END,
         waiting_since = coalesce(l.waiting_since, CASE WHEN l.linked_employee IS NOT NULL OR l.is_new THEN now() END)
   WHERE NOT l.in_scope`;

const uncoverStatement = `
  UPDATE lane l SET in_scope = false
    FROM connection c, person p
   WHERE c.connection_id = $1 AND l.connection_id = c.connection_id AND p.user_id = l.user_id AND l.in_scope
     AND (p.state = 'deleted' OR NOT (c.group_id IS NULL OR c.group_id = ANY (p.groups)))`;
