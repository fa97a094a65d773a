import type { Database } from '@huma-poweroffice/platform';

/** A place for one request that is made because somebody waits. */
export interface LookPlace {
  /** The fence of giving it back. */
  readonly nextAt: string;
}

/**
 * Rule 21. What is read because somebody waits has a share of the request budget: one place every so many milliseconds, by
 * the database's clock, over all processes. Places that nobody used are not made up for.
 */
export class LooksShare {
  /** @param everyMs how far apart the places are, in milliseconds */
  constructor(
    private readonly database: Database,
    private readonly everyMs: number,
  ) {}

  /** Takes a place if there is one now. */
  async take(): Promise<LookPlace | null> {
    const [place] = await this.database.query<LookPlace>(
      `UPDATE looks_share SET next_at = clock_timestamp() + $1 * interval '1 ms'
        WHERE next_at <= clock_timestamp() RETURNING next_at::text AS "nextAt"`,
      [this.everyMs],
    );
    return place ?? null;
  }

  /** Gives a place back for which nothing was requested. Nothing happens when somebody has taken the next one. */
  async giveBack({ nextAt }: LookPlace): Promise<void> {
    await this.database.query('UPDATE looks_share SET next_at = clock_timestamp() WHERE next_at = $1::timestamptz', [
      nextAt,
    ]);
  }

  /**
   * Takes the next place that is free, which may be in the future.
   * @param withinMs the longest wait that is worth it
   * @returns milliseconds until the place; null: there is none within that time
   */
  async reserve(withinMs: number): Promise<number | null> {
    const [place] = await this.database.query<{ inMs: number }>(
      `UPDATE looks_share SET next_at = greatest(next_at, clock_timestamp()) + $1 * interval '1 ms'
        WHERE next_at <= clock_timestamp() + $2 * interval '1 ms'
       RETURNING greatest(0, extract(epoch FROM next_at - clock_timestamp()) * 1000 - $1)::float8 AS "inMs"`,
      [this.everyMs, withinMs],
    );
    return place ? Math.ceil(place.inMs) : null;
  }
}
