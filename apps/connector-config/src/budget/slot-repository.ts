import { randomUUID } from 'node:crypto';
import type { Database } from '@huma-poweroffice/platform';

/** A slot that was taken: the permit for one request. */
export interface TakenSlot {
  readonly permitId: string;
  /** The time until the slot is free, in milliseconds. Nothing may be sent before. */
  readonly notBeforeMs: number;
  /** Whether the slot was taken from the share of people. */
  readonly forPerson: boolean;
}

/** The number of requests that wait in this process. */
export interface Demand {
  readonly people: number;
  readonly others: number;
}

export interface TakeOptions {
  /** How long until a slot whose permit was never reported is free again, in milliseconds. */
  readonly writtenOffMs: number;
  /** How long before it is free a slot may be taken, in milliseconds. */
  readonly aheadMs: number;
}

/**
 * The slots of the budget, by the database's clock. A slot is taken, and free again a second after its request arrived.
 */
export class SlotRepository {
  constructor(
    private readonly database: Database,
    private readonly processId: string,
  ) {}

  /**
   * As many slots as requests are allowed in a second; slots that stay keep their state, so a restart is no new start.
   */
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
   * Takes up to as many slots as are wanted, starting with those that are free. People come first, but while others
   * wait in any process, people hold at most half of the slots.
   * @returns what was taken; when nothing, after how many milliseconds it is worth trying again
   */
  async take(
    wanted: Demand,
    options: TakeOptions,
  ): Promise<{ readonly taken: readonly TakenSlot[]; readonly retryInMs: number }> {
    const permitIds = Array.from({ length: wanted.people + wanted.others }, () => randomUUID());
    const rows = await this.database.query<{ permit_id: string | null; ms: number; for_person: boolean }>(
      takeStatement,
      [permitIds, options.writtenOffMs, options.aheadMs, this.processId, wanted.people, wanted.others],
    );
    const taken = rows.flatMap(({ permit_id: permitId, ms, for_person: forPerson }) =>
      permitId ? [{ permitId, notBeforeMs: ms, forPerson }] : [],
    );
    const next = rows.find((row) => row.permit_id === null)?.ms ?? 0;
    return { taken, retryInMs: next };
  }

  /**
   * Frees the slot one second after its request arrived at PowerOffice.
   * @param agoMs how long ago the request arrived, in milliseconds
   */
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
      `UPDATE request_slot SET permit_id = NULL, free_at = granted_at, for_person = false
        WHERE permit_id = ANY($1::uuid[])`,
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
  /** Ends the stop at once, when an operator decides so. */
  async endStop(): Promise<void> {
    await this.database.query(`UPDATE request_stop SET until = '-infinity'`);
  }

  /** Announces to the other processes, for that time, whether people or others wait here. */
  async announce({ people, others }: Demand, forMs: number): Promise<void> {
    await this.database.query(
      `INSERT INTO waiting_process (process_id, people_until, others_until)
       SELECT $1, CASE WHEN $2 THEN t ELSE '-infinity' END, CASE WHEN $3 THEN t ELSE '-infinity' END
         FROM (SELECT clock_timestamp() + $4 * interval '1 ms' AS t) AS until
       ON CONFLICT (process_id) DO UPDATE
               SET people_until = excluded.people_until, others_until = excluded.others_until`,
      [this.processId, people > 0, others > 0, forMs],
    );
  }
  /** Withdraws the announcement of this process, and removes those of processes that have ended. */
  async withdraw(): Promise<void> {
    await this.database.query(
      `DELETE FROM waiting_process
        WHERE process_id = $1 OR greatest(people_until, others_until) < clock_timestamp() - interval '1 minute'`,
      [this.processId],
    );
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
// sent, rounded up to the value in the answer. While others wait, people hold at most half of the slots, counted over
// the slots that are not free. If there is only one slot, people and others take turns. While a person of another process
// can take a slot, it is not given to others. The last row says when the next slot can be taken. It is zero or less if
// another process is taking that slot, or if the slot is reserved for a person.
const takeStatement = `
  WITH now AS MATERIALIZED (SELECT clock_timestamp() AS t),
  elsewhere AS (
    SELECT coalesce(bool_or(people_until > t), false) AS people, coalesce(bool_or(others_until > t), false) AS others
      FROM waiting_process, now WHERE process_id <> $4::uuid
  ), share AS (
    SELECT greatest(1, count(*) / 2) - count(*) FILTER (WHERE for_person AND (
             free_at > t + $3 * interval '1 ms' OR slot_count = 1 AND granted_at > t - interval '2 seconds')) AS left
      FROM now, request_slot, (SELECT count(*) AS slot_count FROM request_slot) AS counted
  ), allowed AS MATERIALIZED (
    SELECT CASE WHEN $6::int > 0 OR elsewhere.others THEN least($5::int, greatest(0, share.left)) ELSE $5::int END
             AS people,
           CASE WHEN elsewhere.people AND share.left > 0 THEN 0 ELSE $6::int END AS others,
           t
      FROM now, elsewhere, share, request_stop WHERE until <= t
  ), free AS (
    SELECT slot, greatest(0, ceil(extract(epoch FROM free_at - t) * 1000))::int AS ms, t, people
      FROM allowed, request_slot
     WHERE free_at <= t + $3 * interval '1 ms'
     ORDER BY free_at LIMIT (SELECT people + others FROM allowed)
       FOR UPDATE OF request_slot SKIP LOCKED
  ), numbered AS (SELECT free.*, row_number() OVER (ORDER BY ms, slot) AS n FROM free),
  taken AS (
    UPDATE request_slot s
       SET permit_id = ($1::uuid[])[n], for_person = n <= people,
           granted_at = t + ms * interval '1 ms', free_at = t + (ms + $2) * interval '1 ms'
      FROM numbered WHERE s.slot = numbered.slot
    RETURNING s.permit_id, ms, s.for_person
  )
  SELECT permit_id, ms, for_person FROM taken
  UNION ALL
  SELECT NULL, least(3600000, ceil(extract(epoch FROM greatest(min(free_at), min(until)) - min(t)) * 1000 - $3))::int,
         false
    FROM now, request_stop, request_slot
   ORDER BY 2`;
