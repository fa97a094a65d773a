import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Gives tokens of PowerOffice and of Huma separate name spaces. Existing tokens were sealed without their kind, so they
 * are deleted and requested again. Adds indexes that find secrets by the key that sealed them.
 */
export class SeparateTokenKinds1795651380000 implements MigrationInterface {
  name = 'SeparateTokenKinds1795651380000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM access_token');
    await runner.query(
      `ALTER TABLE access_token ADD COLUMN kind text NOT NULL CHECK (kind IN ('poweroffice', 'huma'))`,
    );
    await runner.query('ALTER TABLE access_token DROP CONSTRAINT access_token_pkey');
    await runner.query('ALTER TABLE access_token ADD PRIMARY KEY (kind, owner_id)');
    await runner.query(
      'CREATE INDEX access_token_obtained ON access_token (obtained_at DESC) WHERE sealed IS NOT NULL',
    );
    for (const table of sealed)
      await runner.query(`CREATE INDEX ${table}_key ON ${table} ((substring(sealed FROM 2 FOR get_byte(sealed, 0))))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of sealed) await runner.query(`DROP INDEX ${table}_key`);
    await runner.query('DROP INDEX access_token_obtained');
    await runner.query('DELETE FROM access_token');
    await runner.query('ALTER TABLE access_token DROP CONSTRAINT access_token_pkey');
    await runner.query('ALTER TABLE access_token DROP COLUMN kind');
    await runner.query('ALTER TABLE access_token ADD PRIMARY KEY (owner_id)');
  }
}

const sealed = ['client_key', 'huma_credentials', 'access_token'] as const;
