import type { Database, Logger } from '@huma-poweroffice/platform';

/**
 * Whether PowerOffice refuses our own keys, remembered in common: that is one alarm for us and nobody's pause. A token
 * that is granted ends it. The alarm about refused tokens ends when a request with a granted token succeeds.
 */
export class OwnKeysAlarm {
  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  async refused(code: string): Promise<void> {
    const raised = await this.database.query(
      'UPDATE own_keys SET refused_since = now() WHERE refused_since IS NULL RETURNING 1',
    );
    if (raised.length > 0) this.logger.error({ code }, 'PowerOffice refuses our own keys; no connection works');
  }

  async accepted(): Promise<void> {
    const ended = await this.database.query(
      'UPDATE own_keys SET refused_since = NULL WHERE refused_since IS NOT NULL RETURNING 1',
    );
    if (ended.length > 0) this.logger.info('PowerOffice accepts our own keys again');
  }

  /** PowerOffice's API refused fresh tokens of several connections. */
  async tokensRefused(): Promise<void> {
    const raised = await this.database.query(
      'UPDATE own_keys SET tokens_refused_since = now() WHERE tokens_refused_since IS NULL RETURNING 1',
    );
    if (raised.length > 0)
      this.logger.error(
        { code: 'token-refused' },
        'PowerOffice refuses the tokens that it grants; nothing can be sent',
      );
  }

  /** A request with a granted token succeeded. */
  async tokensAccepted(): Promise<void> {
    const ended = await this.database.query(
      'UPDATE own_keys SET tokens_refused_since = NULL WHERE tokens_refused_since IS NOT NULL RETURNING 1',
    );
    if (ended.length > 0) this.logger.info('PowerOffice accepts the tokens that it grants again');
  }

  async areRefused(): Promise<boolean> {
    const rows = await this.database.query(
      'SELECT 1 FROM own_keys WHERE refused_since IS NOT NULL OR tokens_refused_since IS NOT NULL',
    );
    return rows.length > 0;
  }
}
