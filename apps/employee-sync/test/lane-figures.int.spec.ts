import { randomUUID } from 'node:crypto';
import { createLogger, Database, Secret } from '@huma-poweroffice/platform';
import { createTestDatabase, type TestDatabase } from '@huma-poweroffice/testing';
import { migrations } from '../src/database/migrations.js';
import { laneFigures } from '../src/gauges.js';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  const logger = createLogger('test', 'fatal');
  database = await Database.connect({ url: new Secret(test.url), migrations, migrateOnStart: true, logger });
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const connect = async (state: string): Promise<string> => {
  const id = randomUUID();
  await database.query(
    `INSERT INTO connection (connection_id, organization_id, version, name, state, client_id, client_name, create_users,
            send_positions, abilities, mail)
     VALUES ($1, $1, 1, 'Norway', $2, 'client', 'Client', false, true, '[]', '{}')`,
    [id, state],
  );
  return id;
};
let employees = 0;
const addLane = async (connectionId: string, columns: Record<string, unknown>): Promise<void> => {
  const userId = randomUUID();
  await database.query(
    `INSERT INTO person (user_id, organization_id, version, state, groups) VALUES ($1, $2, 1, 'active', '{}')`,
    [userId, connectionId],
  );
  const lane = { due: false, is_new: false, in_scope: true, linked_employee: String((employees += 1)), ...columns };
  const values = JSON.stringify({ connection_id: connectionId, user_id: userId, ...lane });
  const names = ['connection_id', 'user_id', ...Object.keys(lane)].join(', ');
  await database.query(`INSERT INTO lane (${names}) SELECT ${names} FROM jsonb_populate_record(NULL::lane, $1)`, [
    values,
  ]);
};

it('counts lanes of active connections that something is to be done for or that wait, and not those at rest', async () => {
  const [active, paused] = [await connect('active'), await connect('paused')];
  const [clock] = await database.query<{ before: Date }>(`SELECT now() - interval '1 hour' AS before`);
  const due = { due: true, wake_at: clock?.before, waiting_since: clock?.before };
  for (const connectionId of [active, active, paused]) await addLane(connectionId, due);
  await addLane(active, { blocked_reason: 'employee-gone', wake_at: '2100-01-01T09:30:00Z' });
  await addLane(active, { blocked_reason: 'name-missing' });
  await addLane(active, { refused: ['phone validation'], waits_for: ['change'] });
  await addLane(active, { attempt_kind: 'patch', attempt_outcome: 'open', wake_at: clock?.before });
  await addLane(active, {});
  await addLane(active, { linked_employee: null, due: true });
  const { byStatus, oldestSeconds } = await laneFigures(database);
  expect(Object.fromEntries(byStatus.map(({ status, lanes }) => [status, lanes]))).toEqual({
    waiting: 2,
    blocked: 2,
    'partly-refused': 1,
    sending: 1,
  });
  // What has waited for an hour is the oldest.
  expect(oldestSeconds).toBeGreaterThanOrEqual(3600);
});
