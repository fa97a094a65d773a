import pg from 'pg';
import { DataSource, MigrationExecutor, type MigrationInterface, type QueryRunner } from 'typeorm';
import type { Logger } from './logger.js';
import type { Secret } from './secret.js';

/** A transaction that is under way. Statements are hand-written: set-based ones are the point. */
export interface Tx {
  query<T = Record<string, unknown>>(sql: string, parameters?: unknown[]): Promise<T[]>;
}

export interface DatabaseOptions {
  readonly url: Secret;
  readonly migrations: readonly (new () => MigrationInterface)[];
  readonly migrateOnStart: boolean;
  readonly logger: Logger;
  /** Connections of the pool. */
  readonly poolSize?: number;
  /** How long to wait for the server at the start, in milliseconds. */
  readonly startWithinMs?: number;
}

// Any number, as long as all replicas of a service use the same: who holds it migrates.
const MIGRATION_LOCK = 7_101_984;

const transientCodes = new Set([
  '40001',
  '40P01',
  '55P03',
  // A statement that took longer than `statement_timeout`.
  '57014',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);

/** What pg and TypeORM say, without a code, of a connection that was lost, was never there, or was given back. */
const lostConnection =
  /^(Connection (terminated|is closed)|timeout (expired|exceeded when trying to connect)|Client (has encountered a connection error|was closed)|Query read timeout|Driver not Connected|Cannot use a pool after)/i;

/**
 * Whether a statement failed for a reason that passes: a lost connection, a restart, a deadlock, a lock not had in time. Of
 * SQLSTATE these are classes 08 (connection), 53 (resources) and 57 (intervention by an operator, a crash), and single
 * codes; of an error without a code, what the drivers say of connections.
 */
export const isTransient = (error: unknown): boolean => {
  const { code, message, cause } = (error ?? {}) as { code?: unknown; message?: unknown; cause?: unknown };
  if (typeof code === 'string') return transientCodes.has(code) || /^(08|53|57)/.test(code);
  if (typeof message === 'string' && lostConnection.test(message)) return true;
  return cause !== undefined && cause !== error && isTransient(cause);
};

/** One service's own database: a pool that survives restarts of the server, transactions, migrations. */
export class Database {
  private constructor(private readonly source: DataSource) {}

  /** Connects, waiting for a server that is still starting, and migrates when asked to. */
  static async connect(options: DatabaseOptions): Promise<Database> {
    const source = new DataSource({
      type: 'postgres',
      url: options.url.reveal(),
      migrations: [...options.migrations],
      migrationsTransactionMode: 'each',
      poolSize: options.poolSize ?? 10,
      extra: {
        connectionTimeoutMillis: 5000,
        options: '-c lock_timeout=10000 -c statement_timeout=60000 -c idle_in_transaction_session_timeout=30000',
      },
      poolErrorHandler: (error: unknown) => {
        options.logger.warn({ err: error }, 'an idle connection to the database was lost');
      },
    });
    const deadline = Date.now() + (options.startWithinMs ?? 30_000);
    for (;;) {
      try {
        await source.initialize();
        break;
      } catch (error) {
        if (!isTransient(error) || Date.now() > deadline) throw error;
        await new Promise((done) => setTimeout(done, 250));
      }
    }
    const database = new Database(source);
    if (options.migrateOnStart) await database.migrate();
    return database;
  }

  /** Runs the migrations that are missing; safe when several replicas start at once. */
  async migrate(): Promise<void> {
    const runner = this.source.createQueryRunner();
    try {
      // Migrations wait for each other, and may take long.
      await runner.query('SET lock_timeout = 0');
      await runner.query('SET statement_timeout = 0');
      await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      // On this connection, whose statements may take long.
      const executor = new MigrationExecutor(this.source, runner);
      executor.transaction = 'each';
      await executor.executePendingMigrations();
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
      await runner.query('RESET lock_timeout').catch(() => undefined);
      await runner.query('RESET statement_timeout').catch(() => undefined);
      await runner.release();
    }
  }

  /** Undoes the last migration. */
  async revertLast(): Promise<void> {
    await this.source.undoLastMigration();
  }

  async query<T = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return rowsOf<T>(await this.source.query(sql, parameters));
  }

  /** Commits what the function did, or nothing when it throws. */
  async transaction<T>(run: (tx: Tx) => Promise<T>): Promise<T> {
    const runner = this.source.createQueryRunner();
    try {
      await runner.startTransaction();
      const result = await run(asTx(runner));
      await runner.commitTransaction();
      return result;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release().catch(() => undefined);
    }
  }

  async isReachable(): Promise<boolean> {
    return this.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    await this.source.destroy();
  }
}

/** An update or delete answers its rows beside their number. */
const rowsOf = <T>(result: unknown): T[] =>
  Array.isArray(result) && result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number'
    ? (result[0] as T[])
    : (result as T[]);

const asTx = (runner: QueryRunner): Tx => ({
  query: async <T>(sql: string, parameters: unknown[] = []) => rowsOf<T>(await runner.query(sql, parameters)),
});

/** Hears what other connections notify; also called after a reconnect, because something may have been missed. */
export class Notifications {
  private client: pg.Client | null = null;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private starting: Promise<void> = Promise.resolve();

  constructor(
    private readonly url: Secret,
    private readonly channel: string,
    private readonly heard: () => void,
    private readonly logger: Logger,
  ) {
    if (!/^[a-z_]+$/.test(channel)) throw new Error(`A channel is named by small letters: ${channel}`);
  }

  start(): Promise<void> {
    this.starting = this.connect();
    return this.starting;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.starting;
    await this.client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    if (this.stopped) return;
    const client = new pg.Client({
      connectionString: this.url.reveal(),
      connectionTimeoutMillis: 5000,
      keepAlive: true,
    });
    let over = false;
    const lost = (error?: unknown): void => {
      if (over) return;
      over = true;
      this.client = null;
      if (this.stopped) return;
      this.logger.warn({ err: error }, 'the listener for notifications lost its connection');
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.start(), 500);
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', () => {
      this.heard();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${this.channel}`);
      // What was stopped meanwhile is closed by `stop`, which waits for this.
      this.client = client;
      if (!this.stopped) this.heard();
    } catch (error) {
      lost(error);
      client.end().catch(() => undefined);
    }
  }
}
