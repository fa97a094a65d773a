import type { Database, Logger } from '@huma-poweroffice/platform';

const CLEAN_EVERY_MS = 60 * 60_000;
/** Nobody needs the report of a run that was cancelled for longer. */
const KEPT_HOURS = 24;
const parts = ['run_item', 'run_account', 'run_employee', 'run_person'] as const;

/** Removes what cancelled runs have collected; the runs themselves stay in the history. */
export class ReportCleaner {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  start(): void {
    const clean = (): void => {
      this.clean().catch((error: unknown) => {
        this.logger.warn({ err: error }, 'reports of cancelled runs could not be removed, trying again later');
      });
    };
    this.timer = setInterval(clean, CLEAN_EVERY_MS);
    clean();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  async clean(): Promise<void> {
    for (const part of parts) {
      await this.database.query(
        `DELETE FROM ${part} p USING run r
          WHERE r.id = p.run_id AND r.state = 'cancelled'
            AND r.finished_at < clock_timestamp() - ${String(KEPT_HOURS)} * interval '1 hour'`,
      );
    }
  }
}
