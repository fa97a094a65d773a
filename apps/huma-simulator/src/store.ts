import pg from 'pg';
import type { Account, Group, Message, Organization, User } from './model.js';

type Kind = 'organization' | 'group' | 'account' | 'user';

export interface PendingMessage extends Message {
  id: string;
}

/** Keeps the state over restarts; a change and its message are saved together, so that none is ever unpublished. */
export class Store {
  private readonly pool: pg.Pool;

  constructor(url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 8 });
    // A broken idle connection is replaced by the pool; nothing is lost by it.
    this.pool.on('error', () => undefined);
  }

  async prepare(): Promise<void> {
    await this.pool.query(`
      CREATE TABLE IF NOT EXISTS item (kind text NOT NULL, id text NOT NULL, data jsonb NOT NULL, PRIMARY KEY (kind, id));
      CREATE TABLE IF NOT EXISTS message (
        id bigserial PRIMARY KEY, topic text NOT NULL, key text NOT NULL, type text NOT NULL, value jsonb NOT NULL);
      CREATE TABLE IF NOT EXISTS setting (name text PRIMARY KEY, value jsonb NOT NULL);`);
  }

  async load(): Promise<{ organizations: Organization[]; groups: Group[]; accounts: Account[]; users: User[] }> {
    const { rows } = await this.pool.query<{ kind: Kind; data: unknown }>('SELECT kind, data FROM item');
    const of = <T>(kind: Kind): T[] => rows.filter((r) => r.kind === kind).map((r) => r.data as T);
    return { organizations: of('organization'), groups: of('group'), accounts: of('account'), users: of('user') };
  }

  async put(kind: Kind, items: { id: string; data: object }[], messages: Message[] = []): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO item SELECT $1, * FROM unnest($2::text[], $3::jsonb[])
         ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data`,
        [kind, items.map((i) => i.id), items.map((i) => JSON.stringify(i.data))],
      );
      if (messages.length > 0) {
        await client.query(
          'INSERT INTO message (topic, key, type, value) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[])',
          [
            messages.map((m) => m.topic),
            messages.map((m) => m.key),
            messages.map((m) => m.type),
            messages.map((m) => JSON.stringify(m.value)),
          ],
        );
      }
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }

  async pending(limit: number): Promise<PendingMessage[]> {
    const { rows } = await this.pool.query<PendingMessage>(
      'SELECT id, topic, key, type, value FROM message ORDER BY id LIMIT $1',
      [limit],
    );
    return rows;
  }
  async published(ids: string[]): Promise<void> {
    await this.pool.query('DELETE FROM message WHERE id = ANY($1::bigint[])', [ids]);
  }

  /** A setting that is made once and then kept, such as the signing keys. */
  async once<T extends object>(name: string, make: () => Promise<T>): Promise<T> {
    const found = await this.pool.query<{ value: T }>('SELECT value FROM setting WHERE name = $1', [name]);
    if (found.rows[0]) return found.rows[0].value;
    const value = await make();
    await this.pool.query('INSERT INTO setting VALUES ($1, $2)', [name, JSON.stringify(value)]);
    return value;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
