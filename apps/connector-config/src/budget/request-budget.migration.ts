import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The budget's slots, until when nobody sends, and who of the processes has a person waiting. */
export class CreateRequestBudget1795478400000 implements MigrationInterface {
  name = 'CreateRequestBudget1795478400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE request_slot (
        slot integer PRIMARY KEY,
        free_at timestamptz NOT NULL,
        granted_at timestamptz NOT NULL DEFAULT '-infinity',
        permit_id uuid)`);
    await runner.query(`
      CREATE TABLE request_stop (
        only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
        until timestamptz NOT NULL DEFAULT '-infinity')`);
    await runner.query('INSERT INTO request_stop DEFAULT VALUES');
    await runner.query(`
      CREATE TABLE person_waiting (
        process_id uuid PRIMARY KEY,
        until timestamptz NOT NULL)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE person_waiting');
    await runner.query('DROP TABLE request_stop');
    await runner.query('DROP TABLE request_slot');
  }
}
