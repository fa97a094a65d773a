import { randomUUID } from 'node:crypto';
import type { Database } from '@huma-poweroffice/platform';
import type { KeyTryVerdict, PastTry } from './judge-key-try.js';

/** Tries of client keys, shared by all replicas and timed by the database's clock. The keys themselves are not kept. */
export class KeyTryRepository {
  constructor(private readonly database: Database) {}

  /**
   * Decisions for one organisation are made one at a time: an allowed try is on record before the next decision.
   * @param leaseMs how long the try counts as under way if its end is never reported
   * @returns the id of the try, or why it is not allowed
   */
  async begin(
    organizationId: string,
    caller: string,
    leaseMs: number,
    decide: (past: readonly PastTry[]) => KeyTryVerdict,
  ): Promise<string | Exclude<KeyTryVerdict, { outcome: 'allowed' }>> {
    return this.database.transaction(async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('key-try:' || $1, 0))`, [organizationId]);
      await tx.query(`DELETE FROM key_try WHERE organization_id = $1 AND at < clock_timestamp() - interval '1 hour'`, [
        organizationId,
      ]);
      const past = await tx.query<{ caller: string; ago_ms: number; under_way: boolean; refused: boolean }>(
        `SELECT caller, (extract(epoch FROM clock_timestamp() - at) * 1000)::float8 AS ago_ms,
                under_way_until > clock_timestamp() AS under_way, refused
           FROM key_try WHERE organization_id = $1`,
        [organizationId],
      );
      const verdict = decide(
        past.map(({ ago_ms: agoMs, under_way: underWay, ...rest }) => ({ ...rest, agoMs, underWay })),
      );
      if (verdict.outcome !== 'allowed') return verdict;
      const id = randomUUID();
      await tx.query(
        `INSERT INTO key_try (try_id, organization_id, caller, at, under_way_until)
         VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp() + $4 * interval '1 ms')`,
        [id, organizationId, caller, leaseMs],
      );
      return id;
    });
  }

  async end(tryId: string, refused: boolean): Promise<void> {
    await this.database.query(
      'UPDATE key_try SET under_way_until = clock_timestamp(), refused = $2 WHERE try_id = $1',
      [tryId, refused],
    );
  }
}
