import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One employee has one link, and what PowerOffice showed at a deletion is kept as keyed hashes. */
export class HiredAgain1795503600000 implements MigrationInterface {
  name = 'HiredAgain1795503600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of up) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of down) await runner.query(sql);
  }
}

const up = [
  // Of several lanes with one employee, that of a living person stays; the others find their employees in the next run.
  `UPDATE lane l
      SET state = NULL, linked_employee = NULL, attempt_kind = NULL, attempt_outcome = NULL, attempt_email = NULL,
          attempt_settles_at = NULL, is_new = false, due = false, wake_at = NULL, retrying = false,
          blocked_reason = NULL, refused = '{}', waits_for = '{}'
     FROM (SELECT l.connection_id, l.user_id,
                  row_number() OVER (PARTITION BY l.connection_id, l.linked_employee
                                         ORDER BY p.state = 'deleted', NOT l.in_scope, l.user_id) AS place
             FROM lane l JOIN person p USING (user_id) WHERE l.linked_employee IS NOT NULL) d
    WHERE d.connection_id = l.connection_id AND d.user_id = l.user_id AND d.place > 1`,
  'DROP INDEX lane_by_employee',
  'CREATE UNIQUE INDEX lane_by_employee ON lane (connection_id, linked_employee) WHERE linked_employee IS NOT NULL',
  'ALTER TABLE lane ADD COLUMN shown_hashes jsonb',
];

const down = [
  'ALTER TABLE lane DROP COLUMN shown_hashes',
  'DROP INDEX lane_by_employee',
  'CREATE INDEX lane_by_employee ON lane (connection_id, linked_employee) WHERE linked_employee IS NOT NULL',
];
