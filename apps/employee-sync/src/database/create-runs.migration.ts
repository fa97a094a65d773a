import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs: what was collected of both sides, what a person reviews, and what became of it. */
export class CreateRuns1795482000000 implements MigrationInterface {
  name = 'CreateRuns1795482000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of tables) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['run_item', 'run_employee', 'run_person', 'run']) await runner.query(`DROP TABLE ${table}`);
  }
}

const tables = [
  `CREATE TABLE run (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    connection_id uuid NOT NULL REFERENCES connection,
    -- Employees of another client mean nothing to this run.
    client_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('collecting', 'review', 'executing', 'done', 'failed', 'cancelled')),
    stage text NOT NULL DEFAULT 'huma' CHECK (stage IN ('huma', 'accounts', 'employees', 'matching', 'collected')),
    idempotency_key text,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    begun_by text NOT NULL,
    -- Who works on it now, by the database's clock; failures in a row put it off, and say what is waited for.
    leased_by uuid,
    lease_until timestamptz,
    not_before timestamptz,
    failures integer NOT NULL DEFAULT 0,
    waits_for text,
    -- Since when the people are as Huma had them, and when all was collected.
    people_as_of timestamptz,
    collected_at timestamptz,
    counts jsonb NOT NULL DEFAULT '{}',
    problems jsonb NOT NULL DEFAULT '[]',
    plan_id uuid,
    plan_hash text,
    planned integer NOT NULL DEFAULT 0,
    executing_at timestamptz,
    executed_by text,
    done integer NOT NULL DEFAULT 0,
    given_back integer NOT NULL DEFAULT 0,
    -- Nothing is left to do but to say so.
    settled_at timestamptz,
    finished_at timestamptz,
    cancelled_by text,
    failure text,
    UNIQUE (connection_id, idempotency_key))`,
  `CREATE UNIQUE INDEX run_unfinished ON run (connection_id) WHERE state IN ('collecting', 'review', 'executing')`,
  `CREATE INDEX run_to_do ON run (state, begun_at) WHERE state IN ('collecting', 'executing')`,
  'CREATE INDEX run_by_connection ON run (connection_id, begun_at, id)',
  `CREATE TABLE run_person (
    run_id uuid NOT NULL REFERENCES run ON DELETE CASCADE,
    user_id uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    email text,
    -- Huma's values of that version, sealed.
    collected bytea NOT NULL,
    PRIMARY KEY (run_id, user_id))`,
  // Values of somebody who is deleted are found by the person.
  'CREATE INDEX run_person_by_user ON run_person (user_id)',
  `CREATE TABLE run_employee (
    run_id uuid NOT NULL REFERENCES run ON DELETE CASCADE,
    employee_id bigint NOT NULL,
    name text NOT NULL,
    email text,
    reference text,
    -- What PowerOffice showed, sealed; null where the entry could not be read.
    collected bytea,
    account_id bigint,
    PRIMARY KEY (run_id, employee_id))`,
  'CREATE INDEX run_employee_by_reference ON run_employee (run_id, reference) WHERE reference IS NOT NULL',
  `CREATE TABLE run_item (
    run_id uuid NOT NULL REFERENCES run ON DELETE CASCADE,
    -- The order in which people are shown.
    no integer NOT NULL,
    user_id uuid,
    employee_id bigint,
    situation text NOT NULL,
    evidence jsonb NOT NULL,
    -- What the run would do, and whether a person lets it.
    planned text NOT NULL CHECK (planned IN ('none', 'link')),
    reference text,
    ticked boolean NOT NULL,
    state text NOT NULL,
    reason text,
    tries smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, no))`,
  "CREATE INDEX run_item_to_do ON run_item (run_id, tries, no) WHERE state = 'pending'",
  'CREATE INDEX run_item_by_situation ON run_item (run_id, situation, no)',
];
