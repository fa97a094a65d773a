import { normalizeEmail } from '@huma-poweroffice/huma';
import type { Keyring, Tx } from '@huma-poweroffice/platform';
import { wakesNow } from '../lanes/make-due.js';
import { announceLanes } from '../lanes/lane-channel.js';
import { sealPerson } from '../lanes/person-codec.js';
import type { PersonChange } from './person-change.js';
import { whileConnectionsRest } from './scope-lock.js';

/** What became of changes; what is in none of these was known already. */
export interface Intake {
  /** People who became newer. */
  readonly taken: number;
  /** Changes with a lower version than is known of the person. */
  readonly lower: number;
  /** Changes that name another organisation than the person belongs to; nothing of them is used. */
  readonly foreign: number;
}

export const nothingTaken: Intake = { taken: 0, lower: 0, foreign: 0 };

const stateOf = ({ user }: PersonChange): string => (user ? (user.active ? 'active' : 'deactivated') : 'deleted');

const groupsOf = ({ user }: PersonChange): string =>
  user ? `{${[...new Set([...user.companies, ...user.locations, ...user.teams])].join(',')}}` : '{}';

const causeOf = ({ event, version }: PersonChange): string =>
  `event ${event.id}${version === null ? '' : `, version ${String(version)}`}`;

/** The read model of people; set-based, because ten thousand changes a second come in at times. */
export class PersonRepository {
  constructor(private readonly keyring: Keyring) {}

  /**
   * Takes in changes, at most one per person, and marks the lanes due of everybody who became newer. Versions that are
   * not newer change nothing; a deletion is final, also of somebody who was not known. A person entering a connection's
   * group gets a lane; a lane of somebody who left it stays and is due, so that it shows as locked.
   * @param overruling people whose change counts although what is known may have the same or a higher version; the caller
   *   has locked their rows
   */
  async takeIn(tx: Tx, changes: readonly PersonChange[], overruling: readonly string[] = []): Promise<Intake> {
    if (changes.length === 0) return nothingTaken;
    const sealed = changes.map(({ userId, user }) => sealPerson(userId, user, this.keyring));
    await this.holdScopes(tx, changes);
    const [result] = await tx.query<Intake>(takeInStatement, [
      changes.map((c) => c.userId),
      changes.map((c) => c.organizationId),
      changes.map((c) => c.version),
      changes.map(stateOf),
      changes.map((c) => (c.user ? normalizeEmail(c.user.email) : null)),
      changes.map(groupsOf),
      sealed.map((s) => s.profile),
      sealed.map((s) => s.sensitive),
      changes.map(causeOf),
      changes.map((c) => c.event.trace),
      changes.map((c) => c.backlogAt ?? null),
      overruling,
    ]);
    const intake = result ?? nothingTaken;
    if (intake.taken > 0) await announceLanes(tx);
    return intake;
  }

  /** Keeps connections of the people's organisations from changing until the transaction ends. */
  async holdScopes(tx: Tx, changes: readonly Pick<PersonChange, 'userId' | 'organizationId'>[]): Promise<void> {
    const named = new Set(changes.flatMap((c) => c.organizationId ?? []));
    const nameless = changes.filter((c) => c.organizationId === null).map((c) => c.userId);
    const known =
      nameless.length === 0
        ? []
        : await tx.query<{ id: string }>(
            `SELECT DISTINCT organization_id AS id FROM person
              WHERE user_id = ANY ($1::uuid[]) AND organization_id IS NOT NULL`,
            [nameless],
          );
    await whileConnectionsRest(tx, [...named, ...known.map((row) => row.id)]);
  }
}

// Nothing can be sent for somebody who is neither linked nor wanted: their lane is due, and nobody looks at it before a run.
const hasToDo = '(l.linked_employee IS NOT NULL OR l.is_new OR l.attempt_kind IS NOT NULL)';
const entersAnew = '(excluded.is_new AND NOT l.in_scope AND l.linked_employee IS NULL)';

// In the conflict of `person`: an operator's word, or a repair, that counts whatever is known.
const overruled = 'p.user_id = ANY ($12::uuid[])';
const staysDeleted = `(p.state = 'deleted' AND NOT ${overruled})`;

// A tombstone knows no organisation and no version: it deletes whatever is known, or is remembered by its key alone. What
// comes later for somebody deleted only completes what is remembered: the organisation, and the highest version.
const takeInStatement = `
  WITH input AS (
    SELECT user_id, coalesce(i.organization_id, p.organization_id) AS organization_id,
           coalesce(i.version, 0) AS version, i.state, i.email, i.groups::uuid[] AS groups, i.profile,
           i.sensitive, i.cause, i.trace, i.backlog_at,
           p.organization_id <> i.organization_id AS is_foreign,
           p.version > i.version AND p.organization_id IS NOT DISTINCT FROM i.organization_id AS is_lower
      FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::bytea[],
                  $9::text[], $10::text[], $11::timestamptz[])
           AS i (user_id, organization_id, version, state, email, groups, profile, sensitive, cause, trace, backlog_at)
      LEFT JOIN person p USING (user_id)
  ), taken AS (
    INSERT INTO person AS p (user_id, organization_id, version, state, email, groups, profile, sensitive)
    SELECT user_id, organization_id, version, state, email, groups, profile, sensitive FROM input
    ON CONFLICT (user_id) DO UPDATE
       SET organization_id = coalesce(p.organization_id, excluded.organization_id),
           version = CASE WHEN ${overruled} AND excluded.state <> 'deleted' THEN excluded.version
                          ELSE greatest(p.version, excluded.version) END,
           state = CASE WHEN ${staysDeleted} THEN p.state ELSE excluded.state END,
           email = CASE WHEN ${staysDeleted} THEN p.email ELSE excluded.email END,
           groups = CASE WHEN ${staysDeleted} THEN p.groups ELSE excluded.groups END,
           profile = CASE WHEN ${staysDeleted} THEN p.profile ELSE excluded.profile END,
           sensitive = CASE WHEN ${staysDeleted} THEN p.sensitive ELSE excluded.sensitive END,
           taken_in_at = CASE WHEN ${staysDeleted} THEN p.taken_in_at ELSE now() END
     WHERE (p.organization_id IS NULL OR excluded.organization_id IS NULL OR p.organization_id = excluded.organization_id)
       AND (${overruled} OR excluded.version > p.version OR (excluded.state = 'deleted' AND p.state <> 'deleted')
            OR (p.organization_id IS NULL AND excluded.organization_id IS NOT NULL))
    RETURNING user_id, organization_id, groups, state, taken_in_at
  ), newer AS (
    SELECT t.user_id, t.organization_id, t.groups, t.state, i.cause, i.trace, i.backlog_at
      FROM taken t JOIN input i USING (user_id)
     WHERE t.taken_in_at = now() AND t.state = i.state
  ), covered AS (
    SELECT c.connection_id, n.user_id, n.cause, n.trace,
           c.activated_at IS NOT NULL AND c.create_users AND (n.backlog_at IS NULL OR c.activated_at > n.backlog_at) AS wanted
      FROM newer n JOIN connection c USING (organization_id)
     WHERE n.state <> 'deleted' AND c.state <> 'disconnected' AND (c.group_id IS NULL OR c.group_id = ANY (n.groups))
  ), entered AS (
    INSERT INTO lane AS l (connection_id, user_id, due, is_new, in_scope, wake_at, waiting_since, cause, trace)
    SELECT connection_id, user_id, true, wanted, true, woken_at, woken_at, cause, trace
      FROM covered CROSS JOIN LATERAL (SELECT CASE WHEN wanted THEN now() END AS woken_at) w
    ON CONFLICT (connection_id, user_id) DO UPDATE
       SET due = true, in_scope = true, class = least(l.class, 1), cause = excluded.cause, trace = excluded.trace,
           wake_at = CASE WHEN ${hasToDo} OR ${entersAnew} THEN ${wakesNow('l')} END,
           waiting_since = CASE WHEN ${hasToDo} OR ${entersAnew} THEN coalesce(l.waiting_since, now()) END,
           is_new = l.is_new OR ${entersAnew}
    RETURNING 1
  ), left_behind AS (
    UPDATE lane l
       SET due = true, in_scope = false, class = least(l.class, 1), wake_at = ${wakesNow('l')},
           waiting_since = coalesce(l.waiting_since, now()), cause = n.cause, trace = n.trace
      FROM newer n, connection c
     WHERE l.user_id = n.user_id AND l.in_scope AND c.connection_id = l.connection_id AND c.state <> 'disconnected'
       AND NOT EXISTS (SELECT 1 FROM covered o WHERE o.connection_id = l.connection_id AND o.user_id = l.user_id)
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM newer)::int AS taken,
         (SELECT count(*) FROM input WHERE is_lower)::int AS lower,
         (SELECT count(*) FROM input WHERE is_foreign)::int AS "foreign",
         (SELECT count(*) FROM entered) AS entered, (SELECT count(*) FROM left_behind) AS left_behind`;
