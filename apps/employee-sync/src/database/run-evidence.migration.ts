import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs keep the evidence of what they plan, bank accounts row by row, and what is read again before it is executed. */
export class RunEvidence1795500000000 implements MigrationInterface {
  name = 'RunEvidence1795500000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of up) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of down) await runner.query(sql);
  }
}

const up = [
  // The values of runs under way have another form, and their plans carry no evidence: another run is to be begun.
  `UPDATE run SET state = 'failed', failure = 'program-changed', finished_at = clock_timestamp(), leased_by = NULL,
          lease_until = NULL
    WHERE state IN ('collecting', 'review') OR state = 'executing' AND settled_at IS NULL`,
  `ALTER TABLE run
    -- The newest stamps of both lists, in PowerOffice's own text, and whether bank accounts could be read.
    ADD COLUMN employees_newest text,
    ADD COLUMN accounts_newest text,
    ADD COLUMN accounts_known boolean NOT NULL DEFAULT false,
    -- How many there were on either side, by which a strikingly short list is noticed.
    ADD COLUMN people_count integer,
    ADD COLUMN employees_count integer`,
  `ALTER TABLE run_employee
    DROP COLUMN account_id,
    ADD COLUMN archived boolean NOT NULL DEFAULT false,
    -- A hash of the normalised email.
    ADD COLUMN email_key text,
    -- What PowerOffice shows right before the execution, where it was read again; sealed.
    ADD COLUMN seen_again bytea`,
  'DROP INDEX run_employee_by_reference',
  'CREATE INDEX run_employee_by_reference ON run_employee (run_id, lower(reference)) WHERE reference IS NOT NULL',
  'CREATE INDEX run_employee_by_email ON run_employee (run_id, email_key) WHERE email_key IS NOT NULL',
  `CREATE TABLE run_account (
    run_id uuid NOT NULL REFERENCES run ON DELETE CASCADE,
    employee_id bigint NOT NULL,
    account_id bigint NOT NULL,
    -- The account, sealed.
    collected bytea NOT NULL,
    PRIMARY KEY (run_id, account_id))`,
  `ALTER TABLE run_item
    DROP COLUMN reference,
    -- What the item is planned by; sealed.
    ADD COLUMN proof bytea,
    -- A person's decision: it counts only for the version that the person saw.
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN decided_by text,
    ADD COLUMN decided_at timestamptz`,
  'CREATE INDEX run_item_by_user ON run_item (run_id, user_id) WHERE user_id IS NOT NULL',
];

const down = [
  `UPDATE run SET state = 'failed', failure = 'program-changed', finished_at = clock_timestamp(), leased_by = NULL,
          lease_until = NULL
    WHERE state IN ('collecting', 'review') OR state = 'executing' AND settled_at IS NULL`,
  'DROP INDEX run_item_by_user',
  `ALTER TABLE run_item DROP COLUMN decided_at, DROP COLUMN decided_by, DROP COLUMN version, DROP COLUMN proof,
    ADD COLUMN reference text`,
  'DROP TABLE run_account',
  'DROP INDEX run_employee_by_email',
  'DROP INDEX run_employee_by_reference',
  'CREATE INDEX run_employee_by_reference ON run_employee (run_id, reference) WHERE reference IS NOT NULL',
  `ALTER TABLE run_employee DROP COLUMN seen_again, DROP COLUMN email_key, DROP COLUMN archived,
    ADD COLUMN account_id bigint`,
  `ALTER TABLE run DROP COLUMN employees_count, DROP COLUMN people_count, DROP COLUMN accounts_known,
    DROP COLUMN accounts_newest, DROP COLUMN employees_newest`,
];
