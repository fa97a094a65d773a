import type { Database } from '@huma-poweroffice/platform';

/** A slot that was taken: the permit for one request. */
export interface TakenSlot {
  readonly permitId: string;
  /** The slot is free in so many milliseconds: nothing may be sent before. */
  readonly notBeforeMs: number;
}

export interface TakeOptions {
  /** Unreported, a slot is free again after so many milliseconds. */
  readonly writtenOffMs: number;
  /** How long before it is free a slot may be taken, in milliseconds. */
  readonly aheadMs: number;
  readonly forPerson: boolean;
}

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
   * Takes up to as many slots as there are permit ids, those that are free first.
   * @returns what was taken; when nothing, after how many milliseconds it is worth trying again
   */
  async take(
    permitIds: readonly string[],
    options: TakeOptions,
  ): Promise<{ readonly taken: readonly TakenSlot[]; readonly retryInMs: number }> {
    const rows = await this.database.query<{ permit_id: string | null; ms: number }>(takeStatement, [
      permitIds,
      options.writtenOffMs,
      options.aheadMs,
      options.forPerson,
      this.processId,
    ]);
    const taken = rows.flatMap(({ permit_id: permitId, ms }) => (permitId ? [{ permitId, notBeforeMs: ms }] : []));
    const next = rows.find((row) => row.permit_id === null)?.ms ?? 0;
    return { taken, retryInMs: next };
  }

  /** The request had arrived so many milliseconds ago: a second after that the slot is free. */
  async used(permitId: string, agoMs: number): Promise<void> {
    // It cannot have arrived before the permit was granted.
    await this.database.query(
      `UPDATE request_slot SET permit_id = NULL,
              free_at = greatest(granted_at, clock_timestamp() - $2 * interval '1 ms') + interval '1 second'
        WHERE permit_id = $1`,
      [permitId, agoMs],
    );
  }

  /** Nothing was sent: the slot is as free as it was when the permit was granted. */
  async unused(permitIds: readonly string[]): Promise<void> {
    await this.database.query(
      'UPDATE request_slot SET permit_id = NULL, free_at = granted_at WHERE permit_id = ANY($1::uuid[])',
      [permitIds],
    );
  }

  /** PowerOffice said that it was too much: nobody gets a permit before. */
  async stopFor(ms: number): Promise<void> {
    await this.database.query(
      `UPDATE request_stop SET until = greatest(until, clock_timestamp() + $1 * interval '1 ms')`,
      [ms],
    );
  }

  /** Says to the other processes for a moment that a person waits here. */
  async personWaits(ms: number): Promise<void> {
    await this.database.query(
      `INSERT INTO person_waiting VALUES ($1, clock_timestamp() + $2 * interval '1 ms')
       ON CONFLICT (process_id) DO UPDATE SET until = excluded.until`,
      [this.processId, ms],
    );
  }
  async nobodyWaits(): Promise<void> {
    await this.database.query('DELETE FROM person_waiting WHERE process_id = $1', [this.processId]);
  }

  /** How many of the slots are not free now: how much of a second's budget is in use. */
  async inUse(): Promise<number> {
    const [row] = await this.database.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM request_slot WHERE free_at > clock_timestamp()',
    );
    return row?.n ?? 0;
  }
}

// One round trip: the caller waits for it. `granted_at` is the earliest moment at which the permit's request may be
// sent, rounded up to what the caller is told. The last row says when the next slot can be taken; another process may
// have taken, or hold back for its person, what looks free: then zero or less.
const takeStatement = `
  WITH now AS MATERIALIZED (SELECT clock_timestamp() AS t),
  open AS MATERIALIZED (
    SELECT t FROM now, request_stop WHERE until <= t
       AND ($4 OR NOT EXISTS (SELECT 1 FROM person_waiting w WHERE w.until > t AND w.process_id <> $5::uuid))
  ), free AS (
    SELECT slot, greatest(0, ceil(extract(epoch FROM free_at - t) * 1000))::int AS ms, t
      FROM open, request_slot
     WHERE free_at <= t + $3 * interval '1 ms'
     ORDER BY free_at LIMIT cardinality($1::uuid[])
       FOR UPDATE OF request_slot SKIP LOCKED
  ), numbered AS (SELECT free.*, row_number() OVER (ORDER BY ms) AS n FROM free),
  taken AS (
    UPDATE request_slot s
       SET permit_id = ($1::uuid[])[n], granted_at = t + ms * interval '1 ms', free_at = t + (ms + $2) * interval '1 ms'
      FROM numbered WHERE s.slot = numbered.slot
    RETURNING s.permit_id, ms
  )
  SELECT permit_id, ms FROM taken
  UNION ALL
  SELECT NULL, ceil(extract(epoch FROM greatest(min(free_at), min(until)) - min(t)) * 1000 - $3)::int
    FROM now, request_stop, request_slot
   ORDER BY 2`;
