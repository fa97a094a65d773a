import { isTransient, type Database, type Logger, type Tx } from '@huma-poweroffice/platform';
import { record, settle, type FieldChange, type Step } from '@huma-poweroffice/sync-rules';
import { isHeld } from '../lanes/hold.js';
import type { LaneRepository } from '../lanes/lane-repository.js';
import type { WorldRepository } from '../lanes/world-repository.js';
import type { Errand } from './errand.js';
import type { LaneJournal } from './lane-journal.js';
import type { Result } from './poweroffice-sender.js';

const RETRY_MS = 250;

/** 6. Records what became of an errand, in one transaction, only while the lane still holds its attempt. */
export class Recorder {
  constructor(
    private readonly database: Database,
    private readonly lanes: LaneRepository,
    private readonly worlds: WorldRepository,
    private readonly journal: LaneJournal,
    private readonly logger: Logger,
  ) {}

  /** Tried until the lease has run out: an answer that is lost here has to be found out again by reading. */
  async record(errand: Errand, result: Result): Promise<void> {
    for (;;) {
      try {
        await this.database.transaction((tx) => this.within(tx, errand, result));
        return;
      } catch (error) {
        if (!isTransient(error) || performance.now() > errand.recordBefore) throw error;
        this.logger.warn({ err: error, attemptId: errand.attempt.id }, 'an answer could not be recorded, trying again');
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }

  private async within(tx: Tx, errand: Errand, result: Result): Promise<void> {
    const { connectionId, userId, attempt, fence } = errand;
    const [stored] = await this.lanes.lock(tx, connectionId, [userId]);
    const worlds = stored && (await this.worlds.read(tx, connectionId, [stored], attempt.clientId));
    if (!worlds) return;
    const world = worlds.of(stored);
    const before = stored.lane;
    const step: Step =
      'answer' in result ? record(before, fence, result.answer, world) : settle(before, fence, result.reading, world);
    if (step.lane === before) {
      this.logger.info({ connectionId, userId, attemptId: attempt.id }, 'an answer came too late and is discarded');
      return;
    }
    await this.lanes.save(tx, connectionId, [{ lane: step.lane, held: isHeld(step.lane, world), class: stored.class }]);
    const { changes } = step;
    const place = { ...stored, organizationId: worlds.organizationId };
    const ending = {
      attemptId: attempt.id,
      result: endOf(result, changes),
      changes: changes.length > 0 ? changes : null,
    };
    await this.journal.ended(tx, { place, step: { before, after: step.lane, changes } }, ending, world.now);
    // 18. Who is created takes a number and gives none up.
    const renumbers = ({ field, result: r }: FieldChange): boolean =>
      field === 'employmentId' && (r === 'applied' || r === 'settled');
    if (attempt.kind !== 'create' && changes.some(renumbers))
      await this.lanes.numberWasRecorded(tx, connectionId, userId);
  }
}

/** What the audit says of an attempt. A read-back that shows nothing of ours says that it was not applied. */
const endOf = (result: Result, changes: readonly FieldChange[]): string => {
  if ('answer' in result) return result.answer.outcome;
  if (result.reading.outcome === 'failed') return 'unknown';
  const arrived = result.reading.outcome === 'accounts' ? result.reading.accountId !== null : changes.length > 0;
  return arrived ? 'settled' : 'not-applied';
};
