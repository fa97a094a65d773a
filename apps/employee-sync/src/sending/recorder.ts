import { isTransient, type Database, type Logger, type Tx } from '@huma-poweroffice/platform';
import { record, settle, type Step } from '@huma-poweroffice/sync-rules';
import { isHeld } from '../lanes/hold.js';
import type { LaneRepository } from '../lanes/lane-repository.js';
import type { WorldRepository } from '../lanes/world-repository.js';
import { callOf } from './call.js';
import type { Errand } from './errand.js';
import type { Deed, LaneJournal } from './lane-journal.js';
import type { Result } from './poweroffice-sender.js';
import { intendedChanges, isWrite } from './report.js';

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
    const deed = deedOf(errand, result);
    const changes = step.changes.length > 0 || !deed || !isWrite(errand.task) ? step.changes : intendedChanges(before);
    const place = { ...stored, organizationId: worlds.organizationId };
    await this.journal.write(tx, place, { before, after: step.lane, changes }, deed, world.now);
    if (changes.some(({ field, result: r }) => field === 'employmentId' && (r === 'applied' || r === 'settled')))
      await this.lanes.numberWasRecorded(tx, connectionId, userId);
  }
}

/** What the audit says of an errand. A request that never left, and a look that found nothing out, are no deeds. */
const deedOf = ({ attempt, task }: Errand, result: Result): Deed | null => {
  const what = 'answer' in result ? result.answer.outcome : result.reading.outcome;
  if (what === 'not-sent' || what === 'failed') return null;
  if ('answer' in result && !isWrite(task)) return null;
  return { attemptId: attempt.id, call: callOf(task), result: what };
};
