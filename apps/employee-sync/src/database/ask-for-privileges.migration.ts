import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was refused for a privilege is tried again when privileges change, and only then. */
export class AskForPrivileges1795485600000 implements MigrationInterface {
  name = 'AskForPrivileges1795485600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE lane DROP CONSTRAINT lane_asked_check,
      ADD CONSTRAINT lane_asked_check CHECK (asked IN ('person', 'number', 'privilege'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("UPDATE lane SET asked = NULL WHERE asked = 'privilege'");
    await runner.query(`ALTER TABLE lane DROP CONSTRAINT lane_asked_check,
      ADD CONSTRAINT lane_asked_check CHECK (asked IN ('person', 'number'))`);
  }
}
