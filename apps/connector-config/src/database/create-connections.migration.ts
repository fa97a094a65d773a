import { messagingTables } from '@huma-poweroffice/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Connections, their sealed secrets, who changed what, and the outbox. */
export class CreateConnections1795564800000 implements MigrationInterface {
  name = 'CreateConnections1795564800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE connection (
        connection_id uuid PRIMARY KEY,
        organization_id uuid NOT NULL,
        version integer NOT NULL,
        name text NOT NULL,
        phase text NOT NULL CHECK (phase IN
          ('draft', 'active', 'paused-draft', 'paused-active', 'held-draft', 'held-active', 'disconnected')),
        held_for text CHECK ((held_for IS NOT NULL) = (phase LIKE 'held-%')),
        group_type text CHECK ((group_type IS NULL) = (group_id IS NULL)),
        group_id uuid,
        client_id text NOT NULL,
        client_name text NOT NULL,
        settings jsonb NOT NULL,
        abilities jsonb NOT NULL,
        activated_at timestamptz,
        created_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        -- When PowerOffice was last asked what the key is worth; not a change of the connection.
        probed_at timestamptz NOT NULL DEFAULT '-infinity')`);
    await runner.query(`
      CREATE UNIQUE INDEX one_connection_per_client ON connection (client_id) WHERE phase <> 'disconnected'`);
    await runner.query('CREATE INDEX connection_by_organization ON connection (organization_id)');
    await runner.query(`CREATE INDEX connection_held ON connection (probed_at) WHERE phase LIKE 'held-%'`);
    await runner.query(`
      CREATE TABLE creation (
        organization_id uuid NOT NULL,
        idempotency_key text NOT NULL,
        request_hash bytea NOT NULL,
        connection_id uuid NOT NULL REFERENCES connection,
        PRIMARY KEY (organization_id, idempotency_key))`);
    await runner.query(`
      CREATE TABLE client_key (
        connection_id uuid PRIMARY KEY REFERENCES connection,
        sealed bytea NOT NULL)`);
    await runner.query(`
      CREATE TABLE huma_credentials (
        organization_id uuid PRIMARY KEY,
        sealed bytea NOT NULL)`);
    await runner.query(`
      CREATE TABLE access_token (
        -- A connection (PowerOffice) or an organisation (Huma).
        owner_id uuid PRIMARY KEY,
        sealed bytea,
        ends_at timestamptz,
        obtained_at timestamptz,
        -- Who renews it, and until when the others wait.
        renewer uuid,
        renewing_until timestamptz NOT NULL DEFAULT '-infinity')`);
    await runner.query(`
      CREATE TABLE connection_history (
        id bigserial PRIMARY KEY,
        connection_id uuid NOT NULL REFERENCES connection,
        version integer NOT NULL,
        at timestamptz NOT NULL,
        actor_kind text NOT NULL,
        actor text,
        change text NOT NULL,
        details jsonb NOT NULL)`);
    await runner.query('CREATE INDEX history_of_connection ON connection_history (connection_id, id)');
    await runner.query(`
      CREATE TABLE finished_run (
        connection_id uuid NOT NULL REFERENCES connection,
        run_id text NOT NULL,
        PRIMARY KEY (connection_id, run_id))`);
    await runner.query(`
      CREATE TABLE own_keys (
        only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
        refused_since timestamptz)`);
    await runner.query('INSERT INTO own_keys DEFAULT VALUES');
    for (const sql of messagingTables.up) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of messagingTables.down) await runner.query(sql);
    for (const table of [
      'own_keys',
      'finished_run',
      'connection_history',
      'access_token',
      'huma_credentials',
      'client_key',
      'creation',
      'connection',
    ])
      await runner.query(`DROP TABLE ${table}`);
  }
}
