import type { Database, Keyring, Logger } from '@huma-poweroffice/platform';
import { contextOf, places, type Place } from './secret-repository.js';

const PAGE = 200;
const HOUR_MS = 3_600_000;
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** The SQL condition for the kind of a row. The parameter is null if the table has no kinds. */
const ofKind = (place: Place, parameter: string): string =>
  place.kind === undefined ? `${parameter}::text IS NULL` : `kind = ${parameter}`;

/** Selects values that were sealed with another key than the current one. An index finds them. */
const statementOf = (place: Place): string => {
  const sealedBy = 'substring(sealed FROM 2 FOR get_byte(sealed, 0))';
  const rows = (compared: '<' | '>'): string =>
    `SELECT ${place.owner} AS owner, sealed FROM ${place.table}
      WHERE ${sealedBy} ${compared} $2 AND ${place.owner} > $1 AND ${ofKind(place, '$3')}`;
  return `${rows('<')} UNION ALL ${rows('>')} ORDER BY owner LIMIT ${String(PAGE)}`;
};

/** Seals anew, with the first key, what was sealed with an older one; then the older key can be taken away. */
export class SealRotation {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
    private readonly logger: Logger,
  ) {}

  /** Rotates now and every hour. */
  async start(): Promise<void> {
    this.timer = setInterval(() => void this.run(), HOUR_MS);
    await this.run();
  }
  /** Waits for the page that is being sealed. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** @returns how many values were sealed anew */
  async rotate(): Promise<number> {
    let rotated = 0;
    for (const place of Object.values(places)) {
      for (let after: string | undefined = NOBODY; after !== undefined && !this.stopped;) {
        const rows: { owner: string; sealed: Buffer }[] = await this.database.query(statementOf(place), [
          after,
          this.keyring.currentId,
          'kind' in place ? place.kind : null,
        ]);
        for (const { owner, sealed } of rows) rotated += await this.reseal(place, owner, sealed);
        after = rows.at(-1)?.owner;
      }
    }
    return rotated;
  }

  private async reseal(place: (typeof places)[keyof typeof places], owner: string, sealed: Buffer): Promise<number> {
    const context = contextOf(place, owner);
    let plain: Buffer;
    try {
      plain = this.keyring.open(sealed, context);
    } catch (error) {
      this.logger.error({ err: error, table: place.table, owner }, 'a sealed value does not open');
      return 0;
    }
    // Only if it is still what was opened: it may have been replaced or destroyed meanwhile.
    const done = await this.database.query(
      `UPDATE ${place.table} SET sealed = $3
        WHERE ${place.owner} = $1 AND sealed = $2 AND ${ofKind(place, '$4')} RETURNING 1`,
      [owner, sealed, this.keyring.seal(plain, context), 'kind' in place ? place.kind : null],
    );
    return done.length;
  }

  private run(): Promise<void> {
    this.running ??= this.tryAll().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async tryAll(): Promise<void> {
    try {
      const rotated = await this.rotate();
      if (rotated > 0) this.logger.info({ rotated }, 'values were sealed anew with the first key');
    } catch (error) {
      this.logger.warn({ err: error }, 'sealing anew failed, trying again in an hour');
    }
  }
}
