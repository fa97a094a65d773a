import { createTestDatabase, eventually, type TestDatabase } from '@huma-poweroffice/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createLogger, Database, isTransient, Notifications, Secret } from '../src/index.js';

class CreateThing1700000000000 implements MigrationInterface {
  name = 'CreateThing1700000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE thing (id integer PRIMARY KEY, name text NOT NULL)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE thing');
  }
}
const logger = createLogger('test', 'fatal');
let test: TestDatabase;
const opened: Database[] = [];

const connect = async (): Promise<Database> => {
  const database = await Database.connect({
    url: new Secret(test.url),
    migrations: [CreateThing1700000000000],
    migrateOnStart: true,
    logger,
  });
  opened.push(database);
  return database;
};
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  for (const database of opened) await database.close();
  await test.drop();
});

describe('Database', () => {
  it('migrates once, however many replicas start together', async () => {
    const [database] = await Promise.all([connect(), connect(), connect(), connect()]);
    expect(await database.query('SELECT name FROM migrations')).toHaveLength(1);
    await database.revertLast();
    expect(await database.query("SELECT to_regclass('thing') AS there")).toEqual([{ there: null }]);
    await database.migrate();
  });

  it('commits a transaction wholly or not at all', async () => {
    const database = opened[0]!;
    const failed = database.transaction(async (tx) => {
      await tx.query("INSERT INTO thing VALUES (1, 'a')");
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    const rows = await database.transaction(async (tx) => {
      await tx.query("INSERT INTO thing VALUES (2, 'b')");
      return tx.query<{ id: number }>("UPDATE thing SET name = 'c' RETURNING id");
    });
    expect(rows).toEqual([{ id: 2 }]);
    expect(await database.query('SELECT * FROM thing')).toEqual([{ id: 2, name: 'c' }]);
  });

  it('goes on after its connections were ended, and calls that transient', async () => {
    const database = opened[0]!;
    const ended = database.transaction(async (tx) => {
      await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    const error: unknown = await ended.then(
      () => null,
      (e: unknown) => e,
    );
    expect(isTransient(error)).toBe(true);
    await eventually(async () => {
      expect(await database.isReachable()).toBe(true);
    });
    expect(isTransient(await database.query('SELECT 1/0').catch((e: unknown) => e))).toBe(false);
  });
});

describe('Notifications', () => {
  it('are heard, also after the connection was lost', async () => {
    const database = opened[0]!;
    let heard = 0;
    const notifications = new Notifications(
      new Secret(test.url),
      'lanes',
      () => {
        heard += 1;
      },
      logger,
    );
    await notifications.start();
    const next = async (cause: () => Promise<unknown>): Promise<void> => {
      const before = heard;
      await cause();
      await eventually(() => {
        expect(heard).toBeGreaterThan(before);
      });
    };
    await next(() => database.query("SELECT pg_notify('lanes', '')"));
    await next(() =>
      database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN lanes'"),
    );
    await next(() => database.query("SELECT pg_notify('lanes', '')"));
    await notifications.stop();
  });

  it('leave no connection behind when they are stopped while they connect', async () => {
    const url = new Secret(`${test.url}?application_name=stopped`);
    const notifications = new Notifications(url, 'lanes', () => undefined, logger);
    const started = notifications.start();
    await notifications.stop();
    await started;
    await eventually(async () => {
      const left = await opened[0]!.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'stopped'");
      expect(left).toEqual([]);
    });
  });
});
