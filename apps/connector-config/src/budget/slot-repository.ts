import type { Database } from '@huma-poweroffice/platform';

/** The slots of the budget, by the database's clock. A slot is taken, and free again a second after its request arrived. */
export class SlotRepository {
  constructor(
    private readonly database: Database,
    private readonly processId: string,
  ) {}

  /** As many slots as requests are allowed in a second; slots that stay keep their state, so a restart is no new start. */
  async prepare(slots: number): Promise<void> {
    await this.database.query('DELETE FROM request_slot WHERE slot > $1', [slots]);
    // A slot that nobody knew may have been used by another process a moment ago: it is free in a second.
    await this.database.query(
      `INSERT INTO request_slot (slot, free_at)
       SELECT n, clock_timestamp() + interval '1 second' FROM generate_series(1, $1::int) AS n ON CONFLICT DO NOTHING`,
      [slots],
    );
  }

  /**
   * Takes a free slot; unreported, it is free again after `writtenOffMs`.
   * @returns null when taken, else how many milliseconds to wait before trying again
   */
  async take(permitId: string, writtenOffMs: number, forPerson: boolean): Promise<number | null> {
    const taken = await this.database.query(
      `UPDATE request_slot SET permit_id = $1, free_at = clock_timestamp() + $2 * interval '1 millisecond'
        WHERE slot = (
          SELECT slot FROM request_slot WHERE free_at <= clock_timestamp()
             AND ($3 OR NOT EXISTS (SELECT 1 FROM person_waiting WHERE until > clock_timestamp() AND process_id <> $4))
           ORDER BY free_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING slot`,
      [permitId, writtenOffMs, forPerson, this.processId],
    );
    if (taken.length > 0) return null;
    const [next] = await this.database.query<{ ms: number }>(
      'SELECT ceil(extract(epoch FROM min(free_at) - clock_timestamp()) * 1000)::int AS ms FROM request_slot',
    );
    return next?.ms ?? 0;
  }

  /** The request has arrived by now: the slot is free in a second. */
  async used(permitId: string): Promise<void> {
    await this.free(permitId, 1000);
  }
  /** Nothing was sent: the slot is as free as it was. */
  async unused(permitId: string): Promise<void> {
    await this.free(permitId, 0);
  }
  private async free(permitId: string, inMs: number): Promise<void> {
    await this.database.query(
      `UPDATE request_slot SET permit_id = NULL, free_at = clock_timestamp() + $2 * interval '1 millisecond'
        WHERE permit_id = $1`,
      [permitId, inMs],
    );
  }

  /** PowerOffice said that it was too much: nobody gets a permit before. */
  async closeFor(ms: number): Promise<void> {
    await this.database.query(
      `UPDATE request_slot SET free_at = greatest(free_at, clock_timestamp() + $1 * interval '1 millisecond')`,
      [ms],
    );
  }

  /** Says to the other processes for a moment that a person waits here. */
  async personWaits(ms: number): Promise<void> {
    await this.database.query(
      `INSERT INTO person_waiting VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')
       ON CONFLICT (process_id) DO UPDATE SET until = excluded.until`,
      [this.processId, ms],
    );
  }
  async nobodyWaits(): Promise<void> {
    await this.database.query('DELETE FROM person_waiting WHERE process_id = $1', [this.processId]);
  }
}
