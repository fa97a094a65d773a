import type { Database, Logger, Tx } from '@huma-poweroffice/platform';

const LOOK_MS = 15_000;
/** A rebuild of a process that died is begun anew after this. */
const LEASE_MINUTES = 15;

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
        this.logger.error({ err: error }, 'a rebuild of the read model failed; it is begun anew');
      })
      .finally(() => {
        this.running = null;
      });
  }

  private async carryOut(): Promise<void> {
    const [leased] = await this.database.query<{ until: Date }>(
      `UPDATE rebuild_request SET leased_until = clock_timestamp() + $1 * interval '1 minute'
        WHERE leased_until < clock_timestamp() RETURNING leased_until AS until`,
      [LEASE_MINUTES],
    );
    if (!leased) return;
    try {
      await this.rebuild();
      // Another gap meanwhile asks for another one.
      await this.database.query('DELETE FROM rebuild_request WHERE leased_until = $1', [leased.until]);
    } catch (error) {
      await this.database.query("UPDATE rebuild_request SET leased_until = '-infinity' WHERE leased_until = $1", [
        leased.until,
      ]);
      throw error;
    }
  }
}
