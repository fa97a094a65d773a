import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whatever comes in can be stored: deletions of people nobody knew, emails of any length, versions up to 2^53-1. And what
 * is needed to notice that this database, connector-config's or Huma's was restored from a backup.
 */
export class TakeInWhateverComes1795492800000 implements MigrationInterface {
  name = 'TakeInWhateverComes1795492800000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of up) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of down) await runner.query(sql);
  }
}

const up = [
  // Databases that are created today have these columns already.
  `ALTER TABLE consumer_offset
     ADD COLUMN IF NOT EXISTS reached bigint NOT NULL DEFAULT 0,
     ADD COLUMN IF NOT EXISTS backlog_end bigint,
     ADD COLUMN IF NOT EXISTS backlog_at timestamptz`,
  // A tombstone carries only the user's id: the organisation of somebody who was never taken in stays unknown.
  `ALTER TABLE person ALTER COLUMN organization_id DROP NOT NULL,
     ADD CONSTRAINT person_organization_check CHECK (organization_id IS NOT NULL OR state = 'deleted')`,
  // An entry of an index holds 2.7 kB at most. No valid email is longer than 254 characters.
  'DROP INDEX person_by_organization',
  'CREATE INDEX person_by_organization ON person (organization_id, left(email, 320))',
  'ALTER TABLE connection ALTER COLUMN version TYPE bigint, ADD COLUMN occurred_at timestamptz',
  // This database may be older than what was sent: every field is judged before anything is sent for the lane.
  'ALTER TABLE lane ADD COLUMN judge_first boolean NOT NULL DEFAULT false',
  'DROP TABLE person_rebuild',
  // What a rebuild has read of the topic: of each person's records the one that counts; sealed. Whoever has events of two
  // organisations has two rows; those of an unknown organisation have the nil UUID.
  `CREATE UNLOGGED TABLE person_rebuild (
     rebuild_id uuid NOT NULL,
     user_id uuid NOT NULL,
     organization_id uuid NOT NULL,
     no bigserial,
     version bigint NOT NULL,
     deleted boolean NOT NULL,
     change bytea NOT NULL,
     begun_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (rebuild_id, user_id, organization_id))`,
  // An operator has said that Huma was restored: from which offset on a partition counts. What lies before is never read.
  `CREATE TABLE huma_restore (
     topic text NOT NULL,
     partition integer NOT NULL,
     topic_id uuid,
     from_offset bigint NOT NULL,
     said_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     -- When the people of before were replaced; null while that is to be done.
     done_at timestamptz,
     PRIMARY KEY (topic, partition))`,
  // Times that this database turned out to be older than Kafka's record of what it had read.
  `CREATE TABLE database_setback (
     id bigserial PRIMARY KEY,
     noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     kind text NOT NULL CHECK (kind IN ('restored', 'lost')),
     topic text NOT NULL,
     partition integer NOT NULL,
     stored bigint,
     committed bigint NOT NULL,
     lanes integer NOT NULL)`,
];

const down = [
  'DROP TABLE database_setback',
  'DROP TABLE huma_restore',
  'DROP TABLE person_rebuild',
  `CREATE UNLOGGED TABLE person_rebuild (
    user_id uuid PRIMARY KEY,
    change bytea NOT NULL)`,
  'ALTER TABLE lane DROP COLUMN judge_first',
  'DELETE FROM connection WHERE version >= 2147483648',
  'ALTER TABLE connection DROP COLUMN occurred_at, ALTER COLUMN version TYPE integer',
  'DROP INDEX person_by_organization',
  'UPDATE person SET email = left(email, 320)',
  'CREATE INDEX person_by_organization ON person (organization_id, email)',
  'DELETE FROM person WHERE organization_id IS NULL',
  'ALTER TABLE person DROP CONSTRAINT person_organization_check, ALTER COLUMN organization_id SET NOT NULL',
  'ALTER TABLE consumer_offset DROP COLUMN reached, DROP COLUMN backlog_end, DROP COLUMN backlog_at',
];
