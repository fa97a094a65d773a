import { normalizeEmail } from '@huma-poweroffice/huma';
import type { Keyring, Tx } from '@huma-poweroffice/platform';
import { announceLanes, whileConnectionsRest } from '../lanes/lane-channel.js';
import { sealPerson } from '../lanes/person-codec.js';
import type { PersonChange } from './newest.js';

const stateOf = ({ user }: PersonChange): string => (user ? (user.active ? 'active' : 'deactivated') : 'deleted');

const groupsOf = ({ user }: PersonChange): string =>
  user ? `{${[...user.companies, ...user.locations, ...user.teams].join(',')}}` : '{}';

const causeOf = ({ event, version }: PersonChange): string =>
  `event ${event.id}${version === null ? '' : `, version ${String(version)}`}`;

/** The read model of people; set-based, because ten thousand changes a second come in at times. */
export class PersonRepository {
  constructor(private readonly keyring: Keyring) {}

  /**
   * Takes in changes, at most one per person, and marks the lanes due of everybody who became newer. Versions that are
   * not newer change nothing; a deletion is final. A person entering a connection's group gets a lane; a lane of
   * somebody who left it stays and is due, so that it shows as locked.
   * @returns how many people became newer
   */
  async takeIn(tx: Tx, changes: readonly PersonChange[]): Promise<number> {
    if (changes.length === 0) return 0;
    const sealed = changes.map(({ userId, user }) => sealPerson(userId, user, this.keyring));
    await whileConnectionsRest(tx);
    const [result] = await tx.query<{ taken: number }>(takeInStatement, [
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
    ]);
    const taken = result?.taken ?? 0;
    if (taken > 0) await announceLanes(tx);
    return taken;
  }
}

// Nothing can be sent for somebody who is neither linked nor wanted: their lane is due, and nobody looks at it before a run.
const hasToDo = '(l.linked_employee IS NOT NULL OR l.is_new OR l.attempt_kind IS NOT NULL)';
const entersAnew = '(excluded.is_new AND NOT l.in_scope AND l.linked_employee IS NULL)';

// A tombstone knows no organisation and no version: it only ever deletes somebody who is known.
const takeInStatement = `
  WITH input AS (
    SELECT user_id, coalesce(i.organization_id, p.organization_id) AS organization_id,
           coalesce(i.version, p.version + 1) AS version, i.state, i.email, i.groups::uuid[] AS groups, i.profile,
           i.sensitive, i.cause, i.trace
      FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::bytea[],
                  $9::text[], $10::text[])
           AS i (user_id, organization_id, version, state, email, groups, profile, sensitive, cause, trace)
      LEFT JOIN person p USING (user_id)
  ), taken AS (
    INSERT INTO person AS p (user_id, organization_id, version, state, email, groups, profile, sensitive)
    SELECT user_id, organization_id, version, state, email, groups, profile, sensitive
      FROM input WHERE organization_id IS NOT NULL
    ON CONFLICT (user_id) DO UPDATE
       SET version = greatest(p.version, excluded.version), state = excluded.state, email = excluded.email,
           groups = excluded.groups, profile = excluded.profile, sensitive = excluded.sensitive, taken_in_at = now()
     WHERE p.state <> 'deleted' AND p.organization_id = excluded.organization_id
       AND (excluded.version > p.version OR excluded.state = 'deleted')
    RETURNING user_id, organization_id, groups, state
  ), newer AS (
    SELECT t.*, i.cause, i.trace FROM taken t JOIN input i USING (user_id)
  ), covered AS (
    SELECT c.connection_id, n.user_id, n.cause, n.trace, c.activated_at IS NOT NULL AND c.create_users AS wanted
      FROM newer n JOIN connection c USING (organization_id)
     WHERE n.state <> 'deleted' AND c.state <> 'disconnected' AND (c.group_id IS NULL OR c.group_id = ANY (n.groups))
  ), entered AS (
    INSERT INTO lane AS l (connection_id, user_id, due, is_new, in_scope, wake_at, waiting_since, cause, trace)
    SELECT connection_id, user_id, true, wanted, true, woken_at, woken_at, cause, trace
      FROM covered CROSS JOIN LATERAL (SELECT CASE WHEN wanted THEN now() END AS woken_at) w
    ON CONFLICT (connection_id, user_id) DO UPDATE
       SET due = true, in_scope = true, class = least(l.class, 1), cause = excluded.cause, trace = excluded.trace,
           wake_at = CASE WHEN ${hasToDo} OR ${entersAnew} THEN coalesce(l.wake_at, now()) END,
           waiting_since = CASE WHEN ${hasToDo} OR ${entersAnew} THEN coalesce(l.waiting_since, now()) END,
           is_new = l.is_new OR ${entersAnew}
    RETURNING 1
  ), left_behind AS (
    UPDATE lane l
       SET due = true, in_scope = false, class = least(l.class, 1), wake_at = coalesce(l.wake_at, now()),
           waiting_since = coalesce(l.waiting_since, now()), cause = n.cause, trace = n.trace
      FROM newer n
     WHERE l.user_id = n.user_id
       AND NOT EXISTS (SELECT 1 FROM covered c WHERE c.connection_id = l.connection_id AND c.user_id = l.user_id)
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM newer)::int AS taken, (SELECT count(*) FROM entered) AS entered,
         (SELECT count(*) FROM left_behind) AS left_behind`;
