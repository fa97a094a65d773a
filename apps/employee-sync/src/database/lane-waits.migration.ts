import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every wait of a lane can be ended by what it waits for, and an attempt says which email it carries. */
export class LaneWaits1795496400000 implements MigrationInterface {
  name = 'LaneWaits1795496400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of up) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of down) await runner.query(sql);
  }
}

const up = [
  'ALTER TABLE lane DROP CONSTRAINT lane_asked_check',
  "UPDATE lane SET asked = 'look' WHERE asked = 'number'",
  `ALTER TABLE lane
    ADD CONSTRAINT lane_asked_check CHECK (asked IN ('person', 'look', 'change', 'privilege', 'number-series',
      'freed-number', 'freed-email', 'employee-back', 'account-open', 'employees-list', 'poweroffice', 'program')),
    -- Nobody is created with an email that an attempt of somebody else's carries until that attempt is settled.
    ADD COLUMN attempt_email text,
    ADD COLUMN attempt_settles_at timestamptz`,
  // Creates under way: what they carry is sealed, and it is most likely the email of now.
  `UPDATE lane l
      SET attempt_email = rtrim(translate(encode(sha256(convert_to(p.email, 'UTF8')), 'base64'), '+/', '-_'), '='),
          attempt_settles_at = now() + interval '1 hour'
     FROM person p WHERE p.user_id = l.user_id AND l.attempt_kind = 'create' AND p.email IS NOT NULL`,
  // Nothing was planned for those who wait: each is looked at once, and plans the next look itself.
  `UPDATE lane l
      SET due = true, asked = 'look', class = 3, wake_at = now(), waiting_since = coalesce(l.waiting_since, now()),
          cause = 'the program was changed'
     FROM connection c
    WHERE c.connection_id = l.connection_id AND c.state <> 'disconnected' AND NOT l.due AND l.attempt_kind IS NULL
      AND (l.blocked_reason IS NOT NULL OR l.waits_for <> '{}')`,
  'CREATE INDEX lane_by_attempt_email ON lane (connection_id, attempt_email) WHERE attempt_email IS NOT NULL',
  "CREATE INDEX lane_internal_error ON lane (blocked_reason) WHERE blocked_reason = 'internal-error'",
  'CREATE INDEX lane_retrying ON lane (connection_id) WHERE retrying',
  'DROP VIEW lane_status',
  laneStatus(
    "WHEN l.blocked_reason IS NOT NULL AND (NOT l.due OR l.retrying) THEN 'blocked'",
    // What is unsettled of an employee who is not there waits for the employee.
    "WHEN l.attempt_outcome = 'unknown' AND l.blocked_reason IS NOT NULL THEN 'blocked'",
  ),
];

const down = [
  'DROP VIEW lane_status',
  laneStatus(''),
  'DROP INDEX lane_retrying',
  'DROP INDEX lane_internal_error',
  'DROP INDEX lane_by_attempt_email',
  "UPDATE lane SET asked = 'person' WHERE asked NOT IN ('person', 'privilege')",
  `ALTER TABLE lane DROP COLUMN attempt_settles_at, DROP COLUMN attempt_email,
    DROP CONSTRAINT lane_asked_check,
    ADD CONSTRAINT lane_asked_check CHECK (asked IN ('person', 'number', 'privilege'))`,
];

/**
 * @param blocked what comes before lanes that are only retried
 * @param unsettled what comes before lanes whose attempt is unknown
 */
function laneStatus(blocked: string, unsettled = ''): string {
  return `CREATE VIEW lane_status AS
    SELECT l.connection_id, l.user_id, s.status,
           CASE s.status
             WHEN 'locked' THEN CASE WHEN p.state <> 'active' THEN p.state ELSE 'out-of-scope' END
             WHEN 'sending' THEN l.attempt_kind
             WHEN 'unsettled' THEN l.attempt_kind
             WHEN 'blocked' THEN l.blocked_reason
             WHEN 'partly-refused' THEN array_to_string(l.refused, ', ')
             WHEN 'not-linked' THEN CASE WHEN l.is_new THEN 'creating-is-off' ELSE 'needs-synchronize-users' END
           END AS reason
      FROM lane l JOIN person p USING (user_id)
     CROSS JOIN LATERAL (SELECT CASE
             WHEN p.state <> 'active' OR NOT l.in_scope THEN 'locked'
             WHEN l.attempt_outcome = 'open' THEN 'sending'
             ${unsettled}
             WHEN l.attempt_outcome = 'unknown' THEN 'unsettled'
             -- Before a run has linked them, nothing is to be done for people who are not wanted there automatically.
             WHEN l.linked_employee IS NULL AND NOT l.is_new AND l.blocked_reason IS NULL THEN 'not-linked'
             ${blocked}
             WHEN l.due AND l.retrying THEN 'retrying'
             WHEN l.due THEN 'waiting'
             WHEN l.blocked_reason IS NOT NULL THEN 'blocked'
             WHEN l.linked_employee IS NULL THEN 'not-linked'
             WHEN l.refused <> '{}' THEN 'partly-refused'
             ELSE 'up-to-date' END AS status) s`;
}
