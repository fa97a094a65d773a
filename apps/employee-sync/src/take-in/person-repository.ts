import type { Keyring, Tx } from '@huma-poweroffice/platform';
import type { PersonChange } from './newest.js';

/** The channel on which a lane that became due is announced. */
export const lanesChannel = 'lanes';

/** What of a profile is sealed, and what may be searched. */
const split = (change: PersonChange, keyring: Keyring): { profile: string | null; sensitive: Buffer | null } => {
  if (!change.user) return { profile: null, sensitive: null };
  const { identifications, bankAccount, ...profile } = change.user;
  const sensitive = JSON.stringify({ identifications, bankAccount });
  return {
    profile: JSON.stringify(profile),
    sensitive: sensitive === '{}' ? null : keyring.seal(sensitive, `person:${change.userId}`),
  };
};

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
    const rows = changes.map((change) => ({ change, ...split(change, this.keyring) }));
    const groupsOf = ({ user }: PersonChange): string =>
      user ? `{${[...user.companies, ...user.locations, ...user.teams].join(',')}}` : '{}';
    const [result] = await tx.query<{ taken: number }>(takeInStatement, [
      rows.map((r) => r.change.userId),
      rows.map((r) => r.change.organizationId),
      rows.map((r) => r.change.version),
      rows.map((r) => (r.change.user ? (r.change.user.active ? 'active' : 'deactivated') : 'deleted')),
      rows.map((r) => r.change.user?.email.trim().toLowerCase() ?? null),
      rows.map((r) => groupsOf(r.change)),
      rows.map((r) => r.profile),
      rows.map((r) => r.sensitive),
    ]);
    const taken = result?.taken ?? 0;
    if (taken > 0) await tx.query(`SELECT pg_notify('${lanesChannel}', '')`);
    return taken;
  }
}

// A tombstone knows no organisation and no version: it only ever deletes somebody who is known.
const takeInStatement = `
  WITH input AS (
    SELECT user_id, coalesce(i.organization_id, p.organization_id) AS organization_id,
           coalesce(i.version, p.version + 1) AS version, i.state, i.email, i.groups::uuid[] AS groups, i.profile, i.sensitive
      FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::bytea[])
           AS i (user_id, organization_id, version, state, email, groups, profile, sensitive)
      LEFT JOIN person p USING (user_id)
  ), newer AS (
    INSERT INTO person AS p (user_id, organization_id, version, state, email, groups, profile, sensitive)
    SELECT * FROM input WHERE organization_id IS NOT NULL
    ON CONFLICT (user_id) DO UPDATE
       SET version = greatest(p.version, excluded.version), state = excluded.state, email = excluded.email,
           groups = excluded.groups, profile = excluded.profile, sensitive = excluded.sensitive, taken_in_at = now()
     WHERE p.state <> 'deleted' AND p.organization_id = excluded.organization_id
       AND (excluded.version > p.version OR excluded.state = 'deleted')
    RETURNING user_id, organization_id, groups, state
  ), covered AS (
    SELECT c.connection_id, n.user_id, c.activated_at IS NOT NULL AND c.create_users AS wanted
      FROM newer n JOIN connection c USING (organization_id)
     WHERE n.state <> 'deleted' AND c.state <> 'disconnected' AND (c.group_id IS NULL OR c.group_id = ANY (n.groups))
  ), entered AS (
    INSERT INTO lane AS l (connection_id, user_id, due, is_new, in_scope, wake_at)
    SELECT connection_id, user_id, true, wanted, true, now() FROM covered
    ON CONFLICT (connection_id, user_id) DO UPDATE
       SET due = true, in_scope = true, wake_at = coalesce(l.wake_at, now()),
           is_new = l.is_new OR (excluded.is_new AND NOT l.in_scope AND l.linked_employee IS NULL)
    RETURNING 1
  ), left_behind AS (
    UPDATE lane l SET due = true, in_scope = false, wake_at = coalesce(l.wake_at, now())
      FROM newer n
     WHERE l.user_id = n.user_id
       AND NOT EXISTS (SELECT 1 FROM covered c WHERE c.connection_id = l.connection_id AND c.user_id = l.user_id)
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM newer)::int AS taken, (SELECT count(*) FROM entered) AS entered,
         (SELECT count(*) FROM left_behind) AS left_behind`;
