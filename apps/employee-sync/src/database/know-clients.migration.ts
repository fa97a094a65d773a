import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is known of clients is read only while somebody needs it, page by page, and says why when it cannot be read. */
export class KnowClients1795489200000 implements MigrationInterface {
  name = 'KnowClients1795489200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of up) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of down) await runner.query(sql);
  }
}

const up = [
  // Recording an answer locks the lane; a foreign key would make it lock the connection as well, and could deadlock.
  'ALTER TABLE client_employee DROP CONSTRAINT client_employee_connection_id_fkey',
  'ALTER TABLE client_knowledge DROP CONSTRAINT client_knowledge_connection_id_fkey',
  `ALTER TABLE client_employee
    -- The entry could not be read: nobody knows which email it has.
    ADD COLUMN email_known boolean NOT NULL DEFAULT true,
    -- The refresh that saw it last.
    ADD COLUMN seen_in uuid,
    -- When we entered it ourselves, until a refresh has seen it that began late enough.
    ADD COLUMN entered_at timestamptz`,
  // An entry of an index has room for some 2,700 bytes; an email of PowerOffice's may be longer.
  'DROP INDEX client_employee_by_email',
  'CREATE INDEX client_employee_by_email ON client_employee (connection_id, left(email, 320))',
  'CREATE INDEX client_employee_unknown ON client_employee (connection_id) WHERE NOT email_known',
  `ALTER TABLE client_knowledge
    DROP COLUMN employees_changed_until,
    -- The newest stamp in PowerOffice's own text: of all refreshes that ended, and of the one under way.
    ADD COLUMN employees_newest text,
    ADD COLUMN employees_refresh_newest text,
    ADD COLUMN refresh_id uuid,
    -- Why the employees cannot be read, how many tries failed in a row, since when, and when the next one is.
    ADD COLUMN employees_reason text,
    ADD COLUMN employees_failures integer NOT NULL DEFAULT 0,
    ADD COLUMN employees_failing_since timestamptz,
    ADD COLUMN employees_retry_at timestamptz,
    -- Looks in a row that woke nobody, and when the next one is.
    ADD COLUMN employees_looks integer NOT NULL DEFAULT 0,
    ADD COLUMN employees_look_at timestamptz,
    -- The length of a whole list that was too short to be believed.
    ADD COLUMN employees_short integer,
    -- Which reading of the series is under way, how many brought nothing, and when the next one may begin.
    ADD COLUMN series_reading uuid,
    ADD COLUMN series_tries integer NOT NULL DEFAULT 0,
    ADD COLUMN series_ask_at timestamptz`,
  // Everybody is read once more: nothing is known of stamps in PowerOffice's own text.
  'UPDATE client_knowledge SET employees_whole_at = NULL, employees_as_of = NULL, refreshing_until = NULL',
  // Reasons that a look at the client's employees may end.
  `CREATE INDEX lane_waiting_for_a_look ON lane (connection_id, blocked_reason)
    WHERE blocked_reason IN ('email-exists', 'employees-unreadable', 'not-permitted', 'poweroffice-unavailable',
                             'employee-archived', 'employee-gone')`,
];

const down = [
  'DROP INDEX lane_waiting_for_a_look',
  `ALTER TABLE client_knowledge
    DROP COLUMN series_ask_at, DROP COLUMN series_tries, DROP COLUMN series_reading, DROP COLUMN employees_short,
    DROP COLUMN employees_look_at, DROP COLUMN employees_looks, DROP COLUMN employees_retry_at,
    DROP COLUMN employees_failing_since, DROP COLUMN employees_failures, DROP COLUMN employees_reason,
    DROP COLUMN refresh_id, DROP COLUMN employees_refresh_newest, DROP COLUMN employees_newest,
    ADD COLUMN employees_changed_until timestamptz`,
  'UPDATE client_knowledge SET employees_whole_at = NULL, employees_as_of = NULL, refreshing_until = NULL',
  // It is read again; what cannot be indexed, or is of no connection, must not keep the way back closed.
  'DELETE FROM client_employee',
  'DELETE FROM client_knowledge k WHERE NOT EXISTS (SELECT 1 FROM connection c WHERE c.connection_id = k.connection_id)',
  'DROP INDEX client_employee_unknown',
  'DROP INDEX client_employee_by_email',
  'CREATE INDEX client_employee_by_email ON client_employee (connection_id, email)',
  'ALTER TABLE client_employee DROP COLUMN entered_at, DROP COLUMN seen_in, DROP COLUMN email_known',
  `ALTER TABLE client_knowledge
    ADD CONSTRAINT client_knowledge_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connection`,
  `ALTER TABLE client_employee
    ADD CONSTRAINT client_employee_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connection`,
];
