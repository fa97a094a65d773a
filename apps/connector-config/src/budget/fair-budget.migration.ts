import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records which slots serve a person's request and which processes have people or others waiting. */
export class ShareRequestBudget1795651200000 implements MigrationInterface {
  name = 'ShareRequestBudget1795651200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE request_slot ADD COLUMN for_person boolean NOT NULL DEFAULT false');
    await runner.query('DROP TABLE person_waiting');
    await runner.query(`
      CREATE TABLE waiting_process (
        process_id uuid PRIMARY KEY,
        people_until timestamptz NOT NULL,
        others_until timestamptz NOT NULL)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE waiting_process');
    await runner.query(`
      CREATE TABLE person_waiting (
        process_id uuid PRIMARY KEY,
        until timestamptz NOT NULL)`);
    await runner.query('ALTER TABLE request_slot DROP COLUMN for_person');
  }
}
