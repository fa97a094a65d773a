import type { ConnectionChanged } from '@huma-poweroffice/contracts';
import type { Tx } from '@huma-poweroffice/platform';
import { sameValue, type Json } from '@huma-poweroffice/sync-rules';
import { becomesDue, wakesNow } from '../lanes/make-due.js';
import { announceLanes } from '../lanes/lane-channel.js';
import { whilePeopleRest } from './scope-lock.js';

/**
 * `old`: the version is not newer than what is known, as in a replay. `went-back`: it is not newer either, and yet it was
 * said later: connector-config has lost versions, most likely because its database was restored from a backup.
 */
export type ConnectionIntake = 'taken' | 'old' | 'went-back';

/** What employee-sync knows of connections: connector-config owns them, and says every change. */
export class ConnectionRepository {
  /**
   * Takes in the state of a connection, unless it is old news, and what follows for lanes: who is covered gets one, who
   * is not any more is locked and told so, another client's links and attempts are forgotten, and what waited for a
   * privilege, for creating or for positions to be on is looked at again. Only lanes that the change concerns are touched.
   */
  async takeIn(tx: Tx, connection: ConnectionChanged): Promise<ConnectionIntake> {
    await whilePeopleRest(tx, [connection.organizationId]);
    const id = connection.connectionId;
    const [before] = await tx.query<Before>(
      `SELECT version::float8 AS version, organization_id AS "organizationId", state, group_id AS "groupId",
              client_id AS "clientId", create_users AS "createUsers", send_positions AS "sendPositions", abilities,
              occurred_at < $2::timestamptz AS earlier
         FROM connection WHERE connection_id = $1 FOR UPDATE`,
      [id, connection.occurredAt],
    );
    if (before && before.version >= connection.version) return before.earlier === true ? 'went-back' : 'old';
    await this.save(tx, connection);
    if (before && before.clientId !== connection.client.id) await this.forgetLinks(tx, id);
    if (!before || scopeOf(before) !== scopeOf({ ...connection, groupId: connection.group?.id ?? null })) {
      await tx.query(coverStatement, [id]);
      await tx.query(uncoverStatement, [id]);
    }
    if (connection.state === 'disconnected') await tx.query(restStatement, [id]);
    else if (before) await this.lookAgain(tx, before, connection);
    await announceLanes(tx);
    return 'taken';
  }

  private async lookAgain(tx: Tx, before: Before, { connectionId, settings, abilities }: ConnectionChanged) {
    // The column's own order of names is not the message's.
    const otherAbilities = !sameValue(before.abilities, abilities as unknown as Json);
    const { createUsers, sendPositions } = before;
    if (!otherAbilities && createUsers === settings.createUsers && sendPositions === settings.sendPositions) return;
    // A worker may be deciding for a lane by what was true before, and write down what the lane waits for: that is waited
    // for, so that it is found below. Workers decide only for lanes that are awake.
    await tx.query('SELECT 1 FROM lane WHERE connection_id = $1 AND wake_at IS NOT NULL ORDER BY user_id FOR UPDATE', [
      connectionId,
    ]);
    if (settings.createUsers && !before.createUsers)
      await tx.query(`UPDATE lane SET ${isDue('lane')} WHERE connection_id = $1 AND is_new AND NOT due`, [
        connectionId,
      ]);
    if (settings.sendPositions && !before.sendPositions)
      await tx.query(
        `UPDATE lane SET ${isDue('lane')}
          WHERE connection_id = $1 AND NOT due AND user_id IN (SELECT user_id FROM employment)`,
        [connectionId],
      );
    if (otherAbilities)
      await tx.query(
        `UPDATE lane SET ${becomesDue('privilege', "'connection changed'")}
          WHERE connection_id = $1
            AND (waits_for <> '{}' AND waits_for && ARRAY['privilege'] OR blocked_reason = 'not-permitted')`,
        [connectionId],
      );
  }

  private async save(tx: Tx, c: ConnectionChanged): Promise<void> {
    await tx.query(
      `INSERT INTO connection (connection_id, organization_id, version, name, state, pause_reason, group_id,
              client_id, client_name, create_users, send_positions, abilities, mail, activated_at,
              occurred_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
       ON CONFLICT (connection_id) DO UPDATE
          SET version = excluded.version, name = excluded.name, state = excluded.state,
              pause_reason = excluded.pause_reason, group_id = excluded.group_id, client_id = excluded.client_id,
              client_name = excluded.client_name, create_users = excluded.create_users,
              send_positions = excluded.send_positions, abilities = excluded.abilities, mail = excluded.mail,
              activated_at = excluded.activated_at, occurred_at = excluded.occurred_at`,
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
        c.occurredAt,
      ],
    );
  }

  /** What is known of employees means nothing in another client. What is under way there records nothing any more. */
  private async forgetLinks(tx: Tx, connectionId: string): Promise<void> {
    // Nobody will ever read there what became of what was under way.
    await tx.query(
      `UPDATE audit SET result = 'unknown', known_at = clock_timestamp()
        WHERE connection_id = $1 AND result = 'open'
          AND user_id IN (SELECT user_id FROM lane WHERE connection_id = $1 AND attempt_kind IS NOT NULL)`,
      [connectionId],
    );
    await tx.query(
      `UPDATE lane SET state = NULL, linked_employee = NULL, attempt_kind = NULL, attempt_outcome = NULL, is_new = false,
              attempt_email = NULL, attempt_settles_at = NULL, asked = NULL, judge_first = false,
              retrying = false, blocked_reason = NULL, refused = '{}', waits_for = '{}', due = true, wake_at = NULL,
              waiting_since = NULL, cause = 'connection changed'
        WHERE connection_id = $1`,
      [connectionId],
    );
    await tx.query('DELETE FROM client_employee WHERE connection_id = $1', [connectionId]);
    await tx.query('DELETE FROM client_knowledge WHERE connection_id = $1', [connectionId]);
  }
}

/** What a change is compared with. */
interface Before {
  readonly version: number;
  readonly organizationId: string;
  readonly state: string;
  readonly groupId: string | null;
  readonly clientId: string;
  readonly createUsers: boolean;
  readonly sendPositions: boolean;
  readonly abilities: Json;
  /** Whether what is known was said before the message; null where nobody wrote that down. */
  readonly earlier: boolean | null;
}

/** What decides who is covered. */
const scopeOf = ({ state, groupId }: { readonly state: string; readonly groupId: string | null }): string =>
  state === 'disconnected' ? state : (groupId ?? 'everyone');

const isDue = (lane: string): string => `due = true, cause = 'connection changed', class = least(${lane}.class, 1),
  wake_at = ${wakesNow(lane)}, waiting_since = coalesce(${lane}.waiting_since, now())`;

// Whoever comes to be covered because the connection changed is not new: they wait for Synchronize users, and there is
// nothing to look at in their lanes before. Only lanes that enter are written; people of the organisation cannot change
// meanwhile.
const coverStatement = `
  INSERT INTO lane AS l (connection_id, user_id, due, is_new, in_scope, wake_at, waiting_since, cause)
  SELECT c.connection_id, p.user_id, true, false, true, NULL, NULL, 'connection changed'
    FROM connection c JOIN person p USING (organization_id)
   WHERE c.connection_id = $1 AND c.state <> 'disconnected' AND p.state <> 'deleted'
     AND (c.group_id IS NULL OR c.group_id = ANY (p.groups))
     AND NOT EXISTS (SELECT 1 FROM lane i WHERE i.connection_id = c.connection_id AND i.user_id = p.user_id AND i.in_scope)
  ON CONFLICT (connection_id, user_id) DO UPDATE
     SET in_scope = true, due = true, cause = 'connection changed',
         wake_at = CASE WHEN l.linked_employee IS NOT NULL OR l.is_new THEN ${wakesNow('l')} ELSE l.wake_at END,
         waiting_since = coalesce(l.waiting_since, CASE WHEN l.linked_employee IS NOT NULL OR l.is_new THEN now() END)
   WHERE NOT l.in_scope`;

// Due, so that the lane publishes that it is locked.
const uncoverStatement = `
  UPDATE lane l SET in_scope = false, ${isDue('l')}
    FROM connection c, person p
   WHERE c.connection_id = $1 AND l.connection_id = c.connection_id AND p.user_id = l.user_id AND l.in_scope
     AND (p.state = 'deleted' OR NOT (c.group_id IS NULL OR c.group_id = ANY (p.groups)))`;

// Nothing can ever be done for them again: a new connection starts anew.
const restStatement = `
  UPDATE lane SET due = false, wake_at = NULL, waiting_since = NULL
   WHERE connection_id = $1 AND (due OR wake_at IS NOT NULL OR waiting_since IS NOT NULL)`;
