import type { Database, Logger, Tx } from '@huma-poweroffice/platform';

const LOOK_MS = 15_000;
/** A rebuild of a process that died is started again after this; one that is under way renews its lease. */
const LEASE_MINUTES = 5;
const RENEW_MS = 60_000;

/**
 * Carries out rebuilds that a gap in the topic has asked for. The wish is saved with the position that begins anew, so
 * that no crash forgets it; one process does it.
 */
export class Rebuilder {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly rebuild: () => Promise<unknown>,
    private readonly logger: Logger,
  ) {}

  /** Asks for a rebuild, in the transaction that found the gap. */
  static async request(tx: Tx): Promise<void> {
    await tx.query(
      `INSERT INTO rebuild_request (only_one, leased_until) VALUES (true, '-infinity')
       ON CONFLICT (only_one) DO UPDATE SET leased_until = '-infinity'`,
    );
  }

  start(): void {
    this.timer = setInterval(() => {
      this.look();
    }, LOOK_MS);
    this.look();
  }
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Does what has been asked for, if anything. */
  look(): void {
    this.running ??= this.carryOut()
      .catch((error: unknown) => {
        this.logger.error({ err: error }, 'a rebuild of the people failed; it is started again');
      })
      .finally(() => {
        this.running = null;
      });
  }

  private async carryOut(): Promise<void> {
    const leased = await this.lease('leased_until < clock_timestamp()', []);
    if (!leased) return;
    const lease = { until: leased };
    const renewal = setInterval(() => void this.renew(lease), RENEW_MS);
    try {
      await this.rebuild();
      // Another gap meanwhile asks for another rebuild.
      await this.database.query('DELETE FROM rebuild_request WHERE leased_until = $1', [lease.until]);
    } catch (error) {
      await this.database.query("UPDATE rebuild_request SET leased_until = '-infinity' WHERE leased_until = $1", [
        lease.until,
      ]);
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }

  private async renew(lease: { until: Date }): Promise<void> {
    const until = await this.lease('leased_until = $2', [lease.until]).catch(() => null);
    if (until) lease.until = until;
  }

  private async lease(where: string, parameters: readonly Date[]): Promise<Date | null> {
    const [leased] = await this.database.query<{ until: Date }>(
      `UPDATE rebuild_request SET leased_until = clock_timestamp() + $1 * interval '1 minute'
        WHERE ${where} RETURNING leased_until AS until`,
      [LEASE_MINUTES, ...parameters],
    );
    return leased?.until ?? null;
  }
}
