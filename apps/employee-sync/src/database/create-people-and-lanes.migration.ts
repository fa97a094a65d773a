import { messagingTables } from '@huma-poweroffice/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People as Huma has them, the connections that cover them, a lane for each pair, and what was done. */
export class CreatePeopleAndLanes1795478400000 implements MigrationInterface {
  name = 'CreatePeopleAndLanes1795478400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [...tables, ...messagingTables.up]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of messagingTables.down) await runner.query(sql);
    await runner.query('DROP VIEW lane_status');
    for (const table of [
      'audit',
      'client_employee',
      'client_knowledge',
      'lane',
      'connection',
      'employment',
      'rebuild_request',
      'person_rebuild',
      'person',
    ])
      await runner.query(`DROP TABLE ${table}`);
  }
}

const tables = [
  `CREATE TABLE person (
    user_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'deactivated', 'deleted')),
    email text,
    groups uuid[] NOT NULL,
    -- What may be searched; national ids and bank accounts are sealed beside it.
    profile jsonb,
    sensitive bytea,
    taken_in_at timestamptz NOT NULL DEFAULT now())`,
  'CREATE INDEX person_by_organization ON person (organization_id, email)',
  // What a rebuild has read of the topic; sealed.
  `CREATE UNLOGGED TABLE person_rebuild (
    user_id uuid PRIMARY KEY,
    change bytea NOT NULL)`,
  // A gap in the topic asks for a rebuild; which process is at it, until when.
  `CREATE TABLE rebuild_request (
    only_one boolean PRIMARY KEY CHECK (only_one),
    leased_until timestamptz(3) NOT NULL)`,
  // Facts of employment as position-sync computed them; versions are those of the positions.
  `CREATE TABLE employment (
    user_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    version bigint NOT NULL,
    facts jsonb NOT NULL)`,
  `CREATE TABLE connection (
    connection_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    pause_reason text,
    group_id uuid,
    client_id text NOT NULL,
    client_name text NOT NULL,
    create_users boolean NOT NULL,
    send_positions boolean NOT NULL,
    abilities jsonb NOT NULL,
    mail jsonb NOT NULL,
    activated_at timestamptz,
    -- Who was served last waits for the others: the round robin.
    served_at timestamptz NOT NULL DEFAULT '-infinity')`,
  'CREATE INDEX connection_by_organization ON connection (organization_id)',
  // No foreign keys: people and connections are never removed, and a lane is made from both; checking each of ten thousand
  // lanes a second would have every transaction lock the connection's row.
  `CREATE TABLE lane (
    connection_id uuid NOT NULL,
    user_id uuid NOT NULL,
    -- 0 a person is waiting, 1 a change of today, 2 a run's bulk, 3 what can wait.
    class smallint NOT NULL DEFAULT 1,
    due boolean NOT NULL,
    asked text CHECK (asked IN ('person', 'number')),
    is_new boolean NOT NULL,
    in_scope boolean NOT NULL,
    -- When something can next be done; null: only an event can wake it.
    wake_at timestamptz,
    waiting_since timestamptz,
    -- What made it due last, and the trace of that.
    cause text,
    trace text,
    -- Link, attempt and values, sealed; null while nothing was ever decided. The columns below are drawn from it.
    state bytea,
    linked_employee bigint,
    attempt_kind text,
    attempt_outcome text,
    retrying boolean NOT NULL DEFAULT false,
    blocked_reason text,
    -- "field reason" of each value that cannot be sent, and what such values wait for.
    refused text[] NOT NULL DEFAULT '{}',
    waits_for text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (connection_id, user_id))`,
  'CREATE INDEX lane_to_do ON lane (connection_id, class, wake_at) WHERE wake_at IS NOT NULL',
  'CREATE INDEX lane_by_user ON lane (user_id)',
  'CREATE INDEX lane_by_employee ON lane (connection_id, linked_employee) WHERE linked_employee IS NOT NULL',
  "CREATE INDEX lane_waiting_for ON lane USING gin (waits_for) WHERE waits_for <> '{}'",
  // What an administrator sees of a person is derived, never a truth of its own.
  `CREATE VIEW lane_status AS
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
             WHEN l.attempt_outcome = 'unknown' THEN 'unsettled'
             -- Before a run has linked them, nothing is to be done for people who are not wanted there automatically.
             WHEN l.linked_employee IS NULL AND NOT l.is_new AND l.blocked_reason IS NULL THEN 'not-linked'
             WHEN l.due AND l.retrying THEN 'retrying'
             WHEN l.due THEN 'waiting'
             WHEN l.blocked_reason IS NOT NULL THEN 'blocked'
             WHEN l.linked_employee IS NULL THEN 'not-linked'
             WHEN l.refused <> '{}' THEN 'partly-refused'
             ELSE 'up-to-date' END AS status) s`,
  // Employees of a connection's client by email, for the look before an automatic create; number series beside it.
  `CREATE TABLE client_knowledge (
    connection_id uuid PRIMARY KEY REFERENCES connection,
    client_id text NOT NULL,
    employees_as_of timestamptz,
    employees_whole_at timestamptz,
    -- The newest change seen, by PowerOffice's clock.
    employees_changed_until timestamptz,
    refreshing_until timestamptz,
    series jsonb,
    series_as_of timestamptz)`,
  `CREATE TABLE client_employee (
    connection_id uuid NOT NULL REFERENCES connection,
    employee_id bigint NOT NULL,
    email text,
    reference text,
    archived boolean NOT NULL,
    PRIMARY KEY (connection_id, employee_id))`,
  'CREATE INDEX client_employee_by_email ON client_employee (connection_id, email)',
  `CREATE TABLE audit (
    id bigserial PRIMARY KEY,
    -- Of a write: when its intent was written, and when it was known what became of it.
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    known_at timestamptz,
    organization_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    user_id uuid NOT NULL,
    employee_id bigint,
    attempt_id uuid,
    -- What led to it: an event, a run, a person who asked.
    cause text NOT NULL,
    -- What was asked of PowerOffice, or decided without asking.
    call text,
    result text NOT NULL,
    fields text[] NOT NULL,
    -- Per field what was there before and after, with reasons; sealed.
    changes bytea)`,
  'CREATE UNIQUE INDEX audit_by_attempt ON audit (attempt_id)',
  'CREATE INDEX audit_by_person ON audit (connection_id, user_id, id)',
  'CREATE INDEX audit_by_connection ON audit (connection_id, id)',
];
