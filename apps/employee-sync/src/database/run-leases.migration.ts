import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A run counts how often it was begun without coming to any end, because the process died with it. */
export class RunLeases1795507200000 implements MigrationInterface {
  name = 'RunLeases1795507200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE run ADD COLUMN leases integer NOT NULL DEFAULT 0');
    await runner.query("CREATE INDEX run_cancelled ON run (finished_at) WHERE state = 'cancelled'");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX run_cancelled');
    await runner.query('ALTER TABLE run DROP COLUMN leases');
  }
}
