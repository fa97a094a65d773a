import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The schedule of probes, and the connections whose fresh tokens PowerOffice's API refused. */
export class CreateProbes1795651320000 implements MigrationInterface {
  name = 'CreateProbes1795651320000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE probe (
        connection_id uuid PRIMARY KEY REFERENCES connection,
        due_at timestamptz NOT NULL,
        -- The number of consecutive probes that changed nothing.
        tries integer NOT NULL DEFAULT 0,
        -- Something waits for a privilege until then.
        awaited_until timestamptz,
        hastened_at timestamptz NOT NULL DEFAULT '-infinity')`);
    await runner.query('CREATE INDEX probe_due ON probe (due_at)');
    await runner.query(`
      INSERT INTO probe (connection_id, due_at)
      SELECT connection_id, now() FROM connection WHERE phase LIKE 'held-%'`);
    await runner.query('DROP INDEX connection_held');
    await runner.query(`
      CREATE TABLE probe_pace (
        only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
        next_at timestamptz NOT NULL DEFAULT '-infinity')`);
    await runner.query('INSERT INTO probe_pace DEFAULT VALUES');
    await runner.query(`
      CREATE TABLE token_refusal (
        connection_id uuid PRIMARY KEY REFERENCES connection,
        at timestamptz NOT NULL)`);
    await runner.query('CREATE INDEX token_refusal_at ON token_refusal (at)');
    await runner.query('ALTER TABLE own_keys ADD COLUMN tokens_refused_since timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE own_keys DROP COLUMN tokens_refused_since');
    await runner.query('DROP TABLE token_refusal');
    await runner.query('DROP TABLE probe_pace');
    await runner.query(`CREATE INDEX connection_held ON connection (probed_at) WHERE phase LIKE 'held-%'`);
    await runner.query('DROP TABLE probe');
  }
}
