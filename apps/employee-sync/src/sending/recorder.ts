import { isTransient, type Database, type Logger, type Tx } from '@huma-poweroffice/platform';
import { record, settle, type Field, type Step } from '@huma-poweroffice/sync-rules';
import { isHeld } from '../lanes/hold.js';
import type { LaneRepository } from '../lanes/lane-repository.js';
import type { WorldRepository } from '../lanes/world-repository.js';
import type { Errand } from './errand.js';
import type { LaneJournal } from './lane-journal.js';
import type { Result } from './poweroffice-sender.js';

const RETRY_MS = 250;

/** Rule 6. Records what became of an errand, in one transaction, only while the lane still holds its attempt. */
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
    await this.worlds.holdConnection(tx, connectionId);
    const [stored] = await this.lanes.lock(tx, connectionId, [userId]);
    const worlds = stored && (await this.worlds.read(tx, connectionId, [stored], attempt.clientId));
    if (!worlds) return;
    const context = worlds.of(stored);
    const before = stored.lane;
    const step: Step =
      'answer' in result
        ? record(before, fence, result.answer, context)
        : settle(before, fence, result.reading, context);
    if (step.lane === before) {
      this.logger.info({ connectionId, userId, attemptId: attempt.id }, 'an answer came too late and is discarded');
      return;
    }
    await this.lanes.save(tx, connectionId, [
      { lane: step.lane, held: isHeld(step.lane, context), class: stored.class },
    ]);
    const { changes } = step;
    const place = { ...stored, organizationId: worlds.organizationId };
    const ending = {
      attemptId: attempt.id,
      result: endOf(result, step),
      changes: changes.length > 0 ? changes : null,
    };
    await this.journal.ended(tx, { place, step: { before, after: step.lane, changes } }, ending, context.now);
    await this.pass(tx, errand, step);
  }

  /** What one lane's step means for others: numbers and emails that became free or taken. */
  private async pass(tx: Tx, { connectionId, userId, attempt }: Errand, { lane, changes }: Step): Promise<void> {
    const arrived = (field: Field): boolean =>
      changes.some((c) => c.field === field && (c.result === 'applied' || c.result === 'settled'));
    // Rule 18. Somebody who is created takes a number and gives none up.
    if (attempt.kind !== 'create' && arrived('employmentId'))
      await this.lanes.endWait(tx, connectionId, 'freed-number', 'a number was freed', userId);
    if (attempt.values.email && lane.attempt?.id !== attempt.id) await this.lanes.emailIsSettled(tx, connectionId);
  }
}

/** What the audit says of an attempt. A read-back that shows nothing of ours says that it was not applied. */
const endOf = (result: Result, { changes, lane }: Step): string => {
  if ('answer' in result) {
    // PowerOffice answered success, and shows another value than was sent.
    const notTaken = result.answer.outcome === 'applied' && changes.some((change) => change.result === 'refused');
    return notTaken ? 'refused' : result.answer.outcome;
  }
  if (lane.attempt) return 'unknown';
  const arrived =
    result.reading.outcome === 'accounts'
      ? result.reading.id !== null
      : changes.some((change) => change.result !== 'repeated' && change.result !== 'refused');
  return arrived ? 'settled' : 'not-applied';
};
