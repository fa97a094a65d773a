import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is looked at periodically is found by what waits, not by going through all lanes. */
export class WatchWaits1795514400000 implements MigrationInterface {
  name = 'WatchWaits1795514400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of up) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of down) await runner.query(sql);
  }
}

const up = [
  `CREATE INDEX lane_waiting_for_series ON lane (connection_id)
    WHERE waits_for <> '{}' AND waits_for && ARRAY['number-series']`,
  `CREATE INDEX lane_waiting_for_privilege ON lane (connection_id)
    WHERE waits_for <> '{}' AND waits_for && ARRAY['privilege']`,
  // Lanes that are not at rest although nothing is planned for them; the others are in lane_to_do.
  `CREATE INDEX lane_stands_still ON lane (connection_id)
    WHERE wake_at IS NULL AND (attempt_kind IS NOT NULL OR blocked_reason IS NOT NULL OR refused <> '{}')`,
  // Work that one of several replicas does from time to time: when it is next to be done.
  'CREATE TABLE upkeep (name text PRIMARY KEY, next_at timestamptz NOT NULL)',
];

const down = [
  'DROP TABLE upkeep',
  'DROP INDEX lane_stands_still',
  'DROP INDEX lane_waiting_for_privilege',
  'DROP INDEX lane_waiting_for_series',
];
