import { randomUUID } from 'node:crypto';
import { createLogger, Database, Secret } from '@huma-poweroffice/platform';
import { eventually } from '@huma-poweroffice/testing';
import type { RunningConnectorConfig } from '../src/connector-config.js';
import { Running, type ConnectionBody } from './running.js';

const running = new Running();
const backup = `backup_${randomUUID().replaceAll('-', '')}`;
/** The connections as they were after the backup, by what happened to them. */
const before = {} as Record<'untouched' | 'paused' | 'disconnected' | 'created' | 'anew', ConnectionBody>;
let restored: RunningConnectorConfig;
let keyOfCreated: string;

/** Asks another database of the same server. */
const askDatabase = async <T>(name: string, sql: string): Promise<T[]> => {
  const url = new Secret(urlOf(name));
  const logger = createLogger('test', 'fatal');
  const database = await Database.connect({ url, migrations: [], migrateOnStart: false, logger });
  try {
    return await database.query<T>(sql);
  } finally {
    await database.close();
  }
};
const urlOf = (name: string): string => {
  const url = new URL(running.testDatabase.url);
  url.pathname = `/${name}`;
  return url.toString();
};
/** Stops the one replica that runs; what it has changed is published then. */
const shutDown = async (): Promise<void> => {
  await eventually(async () => {
    expect(await running.database.query('SELECT 1 FROM outbox')).toEqual([]);
  }, 30_000);
  await running.replicas.shift()?.stop();
};
const act = async (id: string, action: string, body?: unknown) =>
  running.ask<ConnectionBody & { code: string }>('POST', `/v1/connections/${id}/${action}`, { body, at: restored });
const now = async (id: string): Promise<ConnectionBody> =>
  (await running.ask<ConnectionBody>('GET', `/v1/connections/${id}`, { at: restored })).body;

beforeAll(async () => {
  await running.start();
  const taken = await running.aClient();
  before.untouched = await running.aConnection(await running.aClient());
  before.paused = await running.aConnection(await running.aClient());
  before.disconnected = await running.aConnection(taken);
  before.anew = await running.aConnection(await running.aClient());
  await shutDown();
  await running.database.close();
  await askDatabase('postgres', `CREATE DATABASE ${backup} TEMPLATE ${running.testDatabase.name}`);

  await running.reopen();
  await running.replica();
  const edited = await running.ask('PATCH', `/v1/connections/${before.paused.id}`, {
    body: { name: 'Renamed', settings: { createUsers: true } },
    headers: { 'if-match': '*' },
  });
  expect(edited.status).toBe(200);
  const post = async (id: string, action: string, body?: unknown): Promise<ConnectionBody> => {
    const answer = await running.ask<ConnectionBody>('POST', `/v1/connections/${id}/${action}`, { body });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  before.paused = await post(before.paused.id, 'pause');
  before.disconnected = await post(before.disconnected.id, 'disconnect');
  // Its client is free now, and another connection has it, which the backup does not know.
  keyOfCreated = taken.clientKey;
  before.created = await running.aConnection(taken, { name: 'Newer than the backup' });
  const other = await running.aClient();
  before.anew = await post(before.anew.id, 'replace-key', { clientKey: other.clientKey, newStart: true });
  await shutDown();

  restored = await running.replica({ DATABASE_URL: urlOf(backup) });
  await eventually(async () => {
    expect((await now(before.created.id)).id).toBe(before.created.id);
    expect((await now(before.disconnected.id)).state).toBe('disconnected');
    expect((await now(before.paused.id)).pauseReason).toBe('restored');
    expect((await now(before.anew.id)).pauseReason).toBe('restored');
  }, 60_000);
}, 180_000);
afterAll(async () => {
  await running.stop();
  await askDatabase('postgres', `DROP DATABASE IF EXISTS ${backup} WITH (FORCE)`);
});

describe('after the database was restored from a backup', () => {
  it('a connection that did not change is as it was', async () => {
    // Others cover its people now, which is not a change of it.
    const { warnings: _, ...as } = before.untouched;
    expect(await now(before.untouched.id)).toMatchObject(as);
  });

  it('one that did is as it was published last, held, in a higher version, and says why', async () => {
    const after = await now(before.paused.id);
    expect(after).toMatchObject({ state: 'paused', pauseReason: 'restored', name: 'Renamed' });
    expect(after.settings).toEqual(before.paused.settings);
    expect(after.version).toBe(before.paused.version + 1);
    const { body } = await running.ask<{ items: { change: string; details: unknown }[] }>(
      'GET',
      `/v1/connections/${before.paused.id}/history`,
      { at: restored },
    );
    expect(body.items[0]).toMatchObject({
      change: 'restored',
      details: { version: { database: 1, published: 3 }, published: { state: 'paused', pauseReason: null } },
    });
  });

  it('a disconnect holds, and its key is destroyed again', async () => {
    expect(await now(before.disconnected.id)).toMatchObject({
      state: 'disconnected',
      version: before.disconnected.version + 1,
    });
    const rows = await askDatabase<{ connection_id: string }>(backup, 'SELECT connection_id FROM client_key');
    expect(rows.map((row) => row.connection_id)).not.toContain(before.disconnected.id);
  });

  it('gives no token before a person has confirmed it', async () => {
    const connector = await running.grpc(restored);
    for (const { id } of [before.paused, before.created, before.anew])
      expect(await connector.call('GetAccessToken', { connectionId: id })).toMatchObject({
        status: 'FAILED_PRECONDITION',
        code: 'restored',
      });
  });

  it('does not let a pause hide why it stands still', async () => {
    expect((await act(before.paused.id, 'pause')).status).toBe(409);
  });

  it('goes on when a person resumes it and the key is of its client', async () => {
    const resumed = await act(before.paused.id, 'resume');
    expect(resumed.body).toMatchObject({ state: 'draft', pauseReason: null });
  });

  it('does not go on with a key of another client', async () => {
    expect(await act(before.anew.id, 'resume')).toMatchObject({
      status: 409,
      body: { code: 'client-key-of-another-client' },
    });
  });

  it('a connection that only the topic knows is there, and goes on with its key', async () => {
    const { id } = before.created;
    expect(await now(id)).toMatchObject({ name: 'Newer than the backup', state: 'paused', pauseReason: 'restored' });
    expect(await act(id, 'resume')).toMatchObject({ status: 409, body: { code: 'client-key-missing' } });
    const replaced = await act(id, 'replace-key', { clientKey: keyOfCreated });
    expect(replaced.body).toMatchObject({ state: 'draft', pauseReason: null });
  });

  it('nothing of it is restored a second time', async () => {
    const versions = await Promise.all(Object.values(before).map(async ({ id }) => (await now(id)).version));
    await running.replicas.shift()?.stop();
    restored = await running.replica({ DATABASE_URL: urlOf(backup) });
    await eventually(async () => {
      const ready = await running.ask<{ checks: { name: string; detail: string }[] }>('GET', '/health/ready', {
        at: restored,
        token: null,
      });
      expect(ready.body.checks.find(({ name }) => name === 'outbox')?.detail).not.toContain('compared');
    }, 60_000);
    expect(await Promise.all(Object.values(before).map(async ({ id }) => (await now(id)).version))).toEqual(versions);
  });
});
