import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records the tries of client keys within the last hour, which the limits are based on. */
export class CreateKeyTries1795651260000 implements MigrationInterface {
  name = 'CreateKeyTries1795651260000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE key_try (
        try_id uuid PRIMARY KEY,
        organization_id uuid NOT NULL,
        caller text NOT NULL,
        at timestamptz NOT NULL,
        under_way_until timestamptz NOT NULL,
        refused boolean NOT NULL DEFAULT false)`);
    await runner.query('CREATE INDEX key_try_of_organization ON key_try (organization_id, at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE key_try');
  }
}
