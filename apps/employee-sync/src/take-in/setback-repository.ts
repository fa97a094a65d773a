import type { Setback } from '@huma-poweroffice/messaging';
import type { Logger, Tx } from '@huma-poweroffice/platform';
import { setbacks } from '../metrics.js';

/** What follows when this database knows less than Kafka knows that it had known. */
export class SetbackRepository {
  constructor(private readonly logger: Logger) {}

  /**
   * Writes the setback down. After a restore from a backup, PowerOffice may show what the lost part of this database had
   * sent, or what a clerk has entered since, and nobody can tell which: every linked lane judges all its fields before it
   * sends again. After a loss nothing is known of any lane; people are taken in as known to connections that were active
   * (see `PersonChange.backlogAt`).
   */
  async admit(setback: Setback, tx: Tx): Promise<void> {
    const lanes = setback.kind === 'restored' ? await this.judgeFirst(tx) : 0;
    await tx.query(
      `INSERT INTO database_setback (kind, topic, partition, stored, committed, lanes) VALUES ($1, $2, $3, $4, $5, $6)`,
      [setback.kind, setback.topic, setback.partition, setback.stored, setback.committed, lanes],
    );
    setbacks.inc({ topic: setback.topic, kind: setback.kind });
    this.logger.error({ setback, lanes }, texts[setback.kind]);
  }

  private async judgeFirst(tx: Tx): Promise<number> {
    const [row] = await tx.query<{ lanes: number }>(
      `WITH marked AS (
         UPDATE lane SET judge_first = true
          WHERE (linked_employee IS NOT NULL OR attempt_kind IS NOT NULL) AND NOT judge_first RETURNING 1)
       SELECT count(*)::int AS lanes FROM marked`,
    );
    return row?.lanes ?? 0;
  }
}

const texts = {
  restored: 'this database is older than what Kafka knows it to have read: it was restored from a backup',
  lost: 'this database does not know of a partition that Kafka knows it to have read: it was lost',
} as const;
