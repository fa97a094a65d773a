import { messagingTables } from '@huma-poweroffice/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People as Huma has them, the connections that cover them, and a lane for each pair. */
export class CreatePeopleAndLanes1795478400000 implements MigrationInterface {
  name = 'CreatePeopleAndLanes1795478400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE person (
        user_id uuid PRIMARY KEY,
        organization_id uuid NOT NULL,
        version bigint NOT NULL,
        state text NOT NULL CHECK (state IN ('active', 'deactivated', 'deleted')),
        email text,
        groups uuid[] NOT NULL,
        -- What may be searched; national ids and bank accounts are sealed beside it.
        profile jsonb,
        sensitive bytea,
        taken_in_at timestamptz NOT NULL DEFAULT now())`);
    await runner.query('CREATE INDEX person_by_organization ON person (organization_id, email)');
    await runner.query(`
      CREATE TABLE connection (
        connection_id uuid PRIMARY KEY,
        organization_id uuid NOT NULL,
        version integer NOT NULL,
        state text NOT NULL,
        group_id uuid,
        client_id text NOT NULL,
        create_users boolean NOT NULL,
        activated_at timestamptz,
        served_at timestamptz NOT NULL DEFAULT '-infinity')`);
    await runner.query('CREATE INDEX connection_by_organization ON connection (organization_id)');
    await runner.query(`
      CREATE TABLE lane (
        connection_id uuid NOT NULL REFERENCES connection,
        user_id uuid NOT NULL REFERENCES person,
        class smallint NOT NULL DEFAULT 1,
        due boolean NOT NULL,
        is_new boolean NOT NULL,
        in_scope boolean NOT NULL,
        linked_employee bigint,
        -- When something can next be done; null: only an event can wake it.
        wake_at timestamptz,
        -- Links, attempts and values, sealed; null while nothing was ever decided.
        state bytea,
        PRIMARY KEY (connection_id, user_id))`);
    await runner.query('CREATE INDEX lane_to_do ON lane (connection_id, class, wake_at) WHERE wake_at IS NOT NULL');
    await runner.query('CREATE INDEX lane_by_user ON lane (user_id)');
    for (const sql of messagingTables.up) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of messagingTables.down) await runner.query(sql);
    await runner.query('DROP TABLE lane');
    await runner.query('DROP TABLE connection');
    await runner.query('DROP TABLE person');
  }
}
