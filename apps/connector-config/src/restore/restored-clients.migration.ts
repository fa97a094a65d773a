import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A restored connection does not occupy its PowerOffice client until a person confirms it, because another connection
 * may still occupy that client in the backup.
 */
export class LetRestoredShareClients1795651500000 implements MigrationInterface {
  name = 'LetRestoredShareClients1795651500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX one_connection_per_client');
    await runner.query(`
      CREATE UNIQUE INDEX one_connection_per_client ON connection (client_id)
        WHERE phase <> 'disconnected' AND held_for IS DISTINCT FROM 'restored'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX one_connection_per_client');
    await runner.query(`
      CREATE UNIQUE INDEX one_connection_per_client ON connection (client_id) WHERE phase <> 'disconnected'`);
  }
}
