import { createLogger, Database, Secret } from '@huma-poweroffice/platform';
import { createTestDatabase, type TestDatabase } from '@huma-poweroffice/testing';
import { migrations } from '../src/database/migrations.js';
import { emailKey } from '../src/lanes/email-key.js';

const logger = createLogger('test', 'fatal');
/** The migrations of the first version that customers have data in. */
const FIRST_VERSION = 3;

let test: TestDatabase;
let database: Database;
beforeEach(async () => {
  test = await createTestDatabase();
});
afterEach(async () => {
  await database.close();
  await test.drop();
});

const migrate = async (some: typeof migrations | readonly (typeof migrations)[number][]): Promise<void> => {
  const url = new Secret(test.url);
  database = await Database.connect({ url, migrations: some, migrateOnStart: true, logger });
};

/** Everything of the schema that can be told apart. */
const schema = (): Promise<unknown[]> =>
  database.query(`
    SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name <> 'migrations'
    UNION ALL SELECT tablename, indexname, indexdef, '', '' FROM pg_indexes
     WHERE schemaname = 'public' AND tablename <> 'migrations'
     ORDER BY 1, 2, 3`);

/** Rows in every state that the first version could leave behind. */
const rowsOfTheFirstVersion = [
  `INSERT INTO connection (connection_id, organization_id, version, name, state, client_id, client_name, create_users,
          send_positions, abilities, mail, activated_at)
   SELECT gen_random_uuid(), gen_random_uuid(), n, 'n', s, 'client', 'n', true, true, '[]', '{}', now()
     FROM unnest(ARRAY['draft', 'active', 'paused', 'disconnected']) WITH ORDINALITY AS s (s, n)`,
  `INSERT INTO person (user_id, organization_id, version, state, email, groups, profile)
   SELECT gen_random_uuid(), organization_id, 1, s, s || '@example.com', '{}', '{}'
     FROM connection, unnest(ARRAY['active', 'deactivated', 'deleted']) AS s`,
  `INSERT INTO lane (connection_id, user_id, due, asked, is_new, in_scope, wake_at, state, linked_employee, attempt_kind,
          attempt_outcome, retrying, blocked_reason, refused, waits_for)
   SELECT connection_id, user_id, true, (ARRAY['person', 'number', 'privilege', NULL])[1 + row_number() OVER () % 4],
          false, true, now(), '\\x00', CASE WHEN email LIKE 'a%' THEN 7 END, 'patch', 'unknown', true, NULL,
          ARRAY['employmentId conflict'], ARRAY['freed-number']
     FROM person JOIN connection USING (organization_id)`,
  `UPDATE lane SET attempt_kind = NULL, attempt_outcome = NULL, due = false, wake_at = NULL, retrying = false,
          blocked_reason = 'email-exists' WHERE linked_employee IS NULL`,
  "UPDATE lane SET attempt_kind = 'create' WHERE linked_employee IS NOT NULL",
  `INSERT INTO client_knowledge (connection_id, client_id, employees_as_of)
   SELECT connection_id, 'client', now() FROM connection`,
  `INSERT INTO client_employee (connection_id, employee_id, email, archived)
   SELECT connection_id, 7, 'a@example.com', false FROM connection`,
  `INSERT INTO run (id, organization_id, connection_id, client_id, state, begun_by)
   SELECT gen_random_uuid(), organization_id, connection_id, 'client', s, 'somebody'
     FROM connection, unnest(ARRAY['review', 'done', 'cancelled']) AS s`,
];

it('the migrations go down to nothing, and up again to the same', async () => {
  await migrate(migrations);
  const before = await schema();
  expect(before.length).toBeGreaterThan(0);
  for (const _ of migrations) await database.revertLast();
  expect(await schema()).toEqual([]);
  await database.migrate();
  expect(await schema()).toEqual(before);
});

it('data of the first version migrates to this one, and back', async () => {
  await migrate(migrations.slice(0, FIRST_VERSION));
  for (const sql of rowsOfTheFirstVersion) await database.query(sql);
  const count = 'SELECT count(*)::int AS lanes FROM lane';
  const before = await database.query(count);
  await database.close();
  await migrate(migrations);
  expect(await database.query(count)).toEqual(before);
  expect(await database.query("SELECT 1 FROM lane WHERE asked = 'number'")).toEqual([]);
  // Whoever waits is looked at.
  expect(
    await database.query(
      `SELECT DISTINCT c.state, l.due, l.asked, l.wake_at <= now() AS awake
         FROM lane l JOIN connection c USING (connection_id) WHERE l.blocked_reason IS NOT NULL ORDER BY c.state`,
    ),
  ).toMatchObject([
    { state: 'active', due: true, asked: 'look', awake: true },
    { state: 'disconnected', due: false },
    { state: 'draft', due: true },
    { state: 'paused', due: true },
  ]);
  const creates = await database.query<{ key: string; email: string }>(
    `SELECT l.attempt_email AS key, p.email FROM lane l JOIN person p USING (user_id) WHERE l.attempt_kind = 'create'`,
  );
  expect(creates.length).toBeGreaterThan(0);
  for (const { key, email } of creates) expect(key).toBe(emailKey(email));
  for (const _ of migrations.slice(FIRST_VERSION)) await database.revertLast();
  expect(await database.query(count)).toEqual(before);
});
