import type { World } from '../world.js';

const CUSTOMERS = 10_000;
const LANES = 1_000_000;

/** Fills up to ten thousand connections and a million lanes: connections and lanes at rest, straight into the databases; each like one that is there. */
export const fill = async (world: World): Promise<void> => {
  const like = `SELECT (jsonb_populate_record(c, jsonb_build_object('connection_id', gen_random_uuid(),
                  'organization_id', gen_random_uuid(), 'client_id', gen_random_uuid()))).*
                  FROM (SELECT c AS c FROM connection c LIMIT 1) one, generate_series(1, $1::int)`;
  const [there] = await world.query<{ connections: number; lanes: number }>(
    'employee-sync',
    `SELECT (SELECT count(*)::int FROM connection) AS connections, (SELECT count(*)::int FROM lane) AS lanes`,
  );
  const connections = CUSTOMERS - (there?.connections ?? 0);
  await world.query('connector-config', `INSERT INTO connection ${like}`, [connections]);
  await world.query('employee-sync', `CREATE TABLE bench_connection AS SELECT * FROM connection WITH NO DATA`);
  await world.query('employee-sync', `INSERT INTO bench_connection ${like}`, [connections]);
  await world.query('employee-sync', 'INSERT INTO connection SELECT * FROM bench_connection');
  await world.query(
    'employee-sync',
    `CREATE TABLE bench_lane AS SELECT connection_id, organization_id, gen_random_uuid() AS user_id, n
       FROM bench_connection, generate_series(1, ${String(Math.ceil((LANES - (there?.lanes ?? 0)) / connections))}) n`,
  );
  await world.query(
    'employee-sync',
    `INSERT INTO person (user_id, organization_id, version, state, email, groups)
     SELECT user_id, organization_id, 1, 'active', user_id || '@example.com', '{}' FROM bench_lane`,
  );
  await world.query(
    'employee-sync',
    `INSERT INTO lane (connection_id, user_id, due, is_new, in_scope, linked_employee)
     SELECT connection_id, user_id, false, false, true, n FROM bench_lane`,
  );
  await world.query('employee-sync', 'DROP TABLE bench_lane, bench_connection');
  for (const app of ['employee-sync', 'connector-config'] as const) await world.query(app, 'VACUUM ANALYZE');
};

/** PostgreSQL counts how long statements take. */
export const watchStatements = async (world: World): Promise<void> => {
  await world.query('employee-sync', `ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`);
  await world.stack.postgres.restart();
  await world.query('employee-sync', 'CREATE EXTENSION pg_stat_statements');
  for (const app of world.stack.apps.values()) await app.restart();
};
