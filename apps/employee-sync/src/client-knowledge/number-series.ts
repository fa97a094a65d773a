import { randomUUID } from 'node:crypto';
import type { Database } from '@huma-poweroffice/platform';
import type { NumberSeries } from '@huma-poweroffice/poweroffice';
import { sameValue, type Json } from '@huma-poweroffice/sync-rules';
import { becomesDue } from '../lanes/make-due.js';
import { announceLanes } from '../lanes/lane-channel.js';
import { makeRoom } from './client-rows.js';
import { connectionsWith, waitsForSeries } from './waiting-connections.js';

/** A reading of a client's number series that is this process's to do. */
export interface SeriesReading {
  readonly id: string;
  readonly connectionId: string;
  readonly clientId: string;
}

const OLD_AFTER_MS = 60 * 60 * 1000;
const FIRST_PAUSE_MS = 5 * 60 * 1000;
const LONGEST_PAUSE_MS = 24 * 60 * 60 * 1000;

/** The number series of PowerOffice clients: kept, and read again at most hourly while somebody waits for a change. */
export class SeriesRepository {
  constructor(private readonly database: Database) {}

  /**
   * Claims readings for this process, so that only one of several replicas reads. A connection qualifies when its series
   * were never read and it has something to send, or when a number waits for other series. A reading that fails is tried
   * again after minutes, then hours, then once a day.
   */
  async claim(most: number): Promise<SeriesReading[]> {
    return this.database.transaction(async (tx) => {
      const wanted = await tx.query<{ connectionId: string; clientId: string }>(wantedStatement, [most, OLD_AFTER_MS]);
      const claimed: SeriesReading[] = [];
      for (const { connectionId, clientId } of wanted) {
        if (!(await makeRoom(tx, connectionId, clientId))) continue;
        const id = randomUUID();
        const [row] = await tx.query(
          `UPDATE client_knowledge
              SET series_reading = $2, series_tries = series_tries + 1,
                  series_ask_at = clock_timestamp()
                    + least($4::float8, $3 * power(2, least(series_tries, 20))) * interval '1 ms'
            WHERE connection_id = $1 AND coalesce(series_ask_at, '-infinity') <= clock_timestamp()
           RETURNING 1`,
          [connectionId, id, FIRST_PAUSE_MS, LONGEST_PAUSE_MS],
        );
        if (row) claimed.push({ id, connectionId, clientId });
      }
      return claimed;
    });
  }

  /**
   * Saves what a reading brought; who waits for other series is woken when they have changed.
   * @param series null: PowerOffice does not tell; then only it can say whether a number fits
   */
  async save({ id, connectionId, clientId }: SeriesReading, series: readonly NumberSeries[] | null): Promise<void> {
    await this.database.transaction(async (tx) => {
      if (!(await makeRoom(tx, connectionId, clientId))) return;
      const [before] = await tx.query<{ series: Json | null }>(
        'SELECT series FROM client_knowledge WHERE connection_id = $1 AND series_reading = $2',
        [connectionId, id],
      );
      if (!before) return;
      await tx.query(
        `UPDATE client_knowledge
            SET series = $2, series_as_of = clock_timestamp(), series_reading = NULL, series_tries = 0, series_ask_at = NULL
          WHERE connection_id = $1`,
        [connectionId, series === null ? null : JSON.stringify(series)],
      );
      if (sameValue(before.series, series as unknown as Json)) return;
      await tx.query(
        `UPDATE lane SET ${becomesDue('number-series', "'number series changed'")}
          WHERE connection_id = $1 AND waits_for <> '{}' AND waits_for && ARRAY['number-series']`,
        [connectionId],
      );
      await announceLanes(tx);
    });
  }
}

const wantedStatement = `
  SELECT c.connection_id AS "connectionId", c.client_id AS "clientId"
    FROM (SELECT connection_id, bool_or(waits) AS waits
            FROM (SELECT connection_id, false AS waits FROM connection_wake
                  UNION ALL
                  SELECT connection_id, true FROM (${connectionsWith(waitsForSeries)}) w) both_kinds
           GROUP BY connection_id) wanting
    JOIN connection c USING (connection_id)
    LEFT JOIN client_knowledge k USING (connection_id, client_id)
   WHERE c.state = 'active' AND coalesce(k.series_ask_at, '-infinity') <= clock_timestamp()
     AND (k.series_as_of IS NULL OR wanting.waits AND k.series_as_of < clock_timestamp() - $2 * interval '1 ms')
   ORDER BY c.connection_id LIMIT $1`;
