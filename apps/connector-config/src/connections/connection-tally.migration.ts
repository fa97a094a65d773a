import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts the connections of each phase as they change, because the metrics read the counts every few seconds. */
export class TallyConnections1795651440000 implements MigrationInterface {
  name = 'TallyConnections1795651440000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE connection_tally (phase text PRIMARY KEY, count integer NOT NULL)');
    await runner.query(`
      INSERT INTO connection_tally
      SELECT phase, (SELECT count(*) FROM connection c WHERE c.phase = p.phase)
        FROM unnest(ARRAY['draft', 'active', 'paused-draft', 'paused-active', 'held-draft', 'held-active',
                          'disconnected']) AS p (phase)`);
    await runner.query(`
      CREATE FUNCTION tally_connection() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP <> 'INSERT' THEN
          UPDATE connection_tally SET count = count - 1 WHERE phase = OLD.phase;
        END IF;
        IF TG_OP <> 'DELETE' THEN
          UPDATE connection_tally SET count = count + 1 WHERE phase = NEW.phase;
        END IF;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER tally_inserted AFTER INSERT OR DELETE ON connection
        FOR EACH ROW EXECUTE FUNCTION tally_connection()`);
    await runner.query(`
      CREATE TRIGGER tally_updated AFTER UPDATE OF phase ON connection
        FOR EACH ROW WHEN (OLD.phase <> NEW.phase) EXECUTE FUNCTION tally_connection()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER tally_updated ON connection');
    await runner.query('DROP TRIGGER tally_inserted ON connection');
    await runner.query('DROP FUNCTION tally_connection()');
    await runner.query('DROP TABLE connection_tally');
  }
}
