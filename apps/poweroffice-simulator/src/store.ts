import pg from 'pg';
import { parseJson, toJson } from './json.js';
import type { BankAccount, Client, Employee } from './model.js';

interface Saved {
  client: Client;
  employees: Employee[];
  accounts: BankAccount[];
}

/** Keeps the state over restarts. Values are kept as text, so that an int64 survives. */
export class Store {
  private readonly pool: pg.Pool;

  constructor(url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 8 });
    // A broken idle connection is replaced by the pool; nothing is lost by it.
    this.pool.on('error', () => undefined);
  }

  async prepare(): Promise<void> {
    await this.pool.query(`
      CREATE TABLE IF NOT EXISTS client (id text PRIMARY KEY, data text NOT NULL);
      CREATE TABLE IF NOT EXISTS item (
        kind text NOT NULL, client_id text NOT NULL, id bigint NOT NULL, data text NOT NULL,
        PRIMARY KEY (kind, client_id, id));`);
  }

  async load(): Promise<Saved[]> {
    const clients = await this.pool.query<{ data: string }>('SELECT data FROM client ORDER BY id');
    const items = await this.pool.query<{ kind: string; client_id: string; data: string }>(
      'SELECT kind, client_id, data FROM item ORDER BY id',
    );
    return clients.rows.map(({ data }) => {
      const client = parseJson(data) as Client;
      const of = (kind: string): unknown[] =>
        items.rows.filter((i) => i.kind === kind && i.client_id === client.id).map((i) => parseJson(i.data));
      return { client, employees: of('employee') as Employee[], accounts: of('account') as BankAccount[] };
    });
  }

  async putClient(client: Client): Promise<void> {
    await this.pool.query('INSERT INTO client VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET data = excluded.data', [
      client.id,
      toJson(client),
    ]);
  }
  async removeClient(clientId: string): Promise<void> {
    await this.pool.query('DELETE FROM item WHERE client_id = $1', [clientId]);
    await this.pool.query('DELETE FROM client WHERE id = $1', [clientId]);
  }

  async put(kind: 'employee' | 'account', clientId: string, id: number, value: unknown): Promise<void> {
    await this.putMany(kind, clientId, [{ ...(value as object), Id: id }]);
  }
  async putMany(kind: 'employee' | 'account', clientId: string, values: { Id: number }[]): Promise<void> {
    if (values.length === 0) return;
    await this.pool.query(
      `INSERT INTO item SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[])
       ON CONFLICT (kind, client_id, id) DO UPDATE SET data = excluded.data`,
      [kind, clientId, values.map((v) => v.Id), values.map((v) => toJson(v))],
    );
  }
  async remove(kind: 'employee' | 'account', clientId: string, id: number): Promise<void> {
    await this.pool.query('DELETE FROM item WHERE kind = $1 AND client_id = $2 AND id = $3', [kind, clientId, id]);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
