import { createLogger, Database, Secret } from '@huma-poweroffice/platform';
import { createTestDatabase, type TestDatabase } from '@huma-poweroffice/testing';
import { migrations } from '../src/database/migrations.js';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  const [url, logger] = [new Secret(test.url), createLogger('test', 'fatal')];
  database = await Database.connect({ url, migrations, migrateOnStart: true, logger });
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

/** Everything of the schema that can be told apart. */
const schema = (): Promise<unknown[]> =>
  database.query(`
    SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name <> 'migrations'
    UNION ALL SELECT tablename, indexname, indexdef, '', '' FROM pg_indexes
     WHERE schemaname = 'public' AND tablename <> 'migrations'
     ORDER BY 1, 2, 3`);

it('the migrations go down to nothing, and up again to the same', async () => {
  const before = await schema();
  expect(before.length).toBeGreaterThan(0);
  for (const _ of migrations) await database.revertLast();
  expect(await schema()).toEqual([]);
  await database.migrate();
  expect(await schema()).toEqual(before);
});

it('one client has one connection that is not disconnected, also where nobody asks first', async () => {
  const insert = (phase: string): Promise<unknown> =>
    database.query(
      `INSERT INTO connection (connection_id, organization_id, version, name, phase, client_id, client_name, settings,
         abilities, created_at, changed_at)
       VALUES (gen_random_uuid(), gen_random_uuid(), 1, 'n', $1, 'client', 'n', '{}', '[]', now(), now())`,
      [phase],
    );
  await insert('disconnected');
  await insert('paused-draft');
  await expect(insert('draft')).rejects.toMatchObject({ constraint: 'one_connection_per_client' });
  await insert('disconnected');
});
