import { isTransient, type Database, type Logger, type Tx } from '@huma-poweroffice/platform';
import {
  backOff,
  record,
  settle,
  waitingFor,
  type DecisionContext,
  type Field,
  type HoldUp,
  type Lane,
  type Step,
} from '@huma-poweroffice/sync-rules';
import type { EmployeeIndex, EnteredEmployee } from '../client-knowledge/employee-index.js';
import type { PrivilegeReports } from '../connector/privilege-reports.js';
import { endLink } from '../lanes/end-link.js';
import { isHeld } from '../lanes/hold.js';
import type { StoredLane } from '../lanes/lane-codec.js';
import type { LaneRepository } from '../lanes/lane-repository.js';
import type { WorldRepository, Worlds } from '../lanes/world-repository.js';
import type { Errand } from './errand.js';
import type { LaneJournal } from './lane-journal.js';
import { employeeIsTaken, holdersOf, judgeHolder } from './one-link.js';
import { Outages } from './outages.js';
import type { Result } from './poweroffice-sender.js';

const RETRY_MS = 250;

/** What a recorded step means for others, and whom it is reported to. */
export interface Passes {
  readonly index: Pick<EmployeeIndex, 'entered' | 'removed'>;
  readonly privileges: Pick<PrivilegeReports, 'report'>;
  readonly logger: Logger;
}

/** Rule 6. Records what became of an errand, in one transaction, only while the lane still holds its attempt. */
export class Recorder {
  private readonly outages = new Outages();

  constructor(
    private readonly database: Database,
    private readonly lanes: LaneRepository,
    private readonly worlds: WorldRepository,
    private readonly journal: LaneJournal,
    private readonly passes: Passes,
  ) {}

  /** Tried until the lease has run out: an answer that is lost here has to be found out again by reading. */
  async record(errand: Errand, result: Result): Promise<void> {
    await this.retried(errand, (tx) => this.within(tx, errand, result));
    const back = this.outageEnded(errand.connectionId, result);
    // The end of an outage is noticed once, so a deadlock must not lose it.
    if (back !== null) await this.retried(errand, (tx) => this.lanes.powerOfficeIsBack(tx, back.only));
  }

  private async retried(errand: Errand, work: (tx: Tx) => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await this.database.transaction(work);
        return;
      } catch (error) {
        if (!isTransient(error) || performance.now() > errand.recordBefore) throw error;
        this.passes.logger.warn(
          { err: error, attemptId: errand.attempt.id },
          'an answer could not be recorded, trying again',
        );
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }

  /** PowerOffice answers again: whoever pauses because it did not is tried at once. @returns null when nothing ended */
  private outageEnded(connectionId: string, result: Result): { readonly only: string | null } | null {
    const { outcome } = 'answer' in result ? result.answer : result.reading;
    if (outcome === 'rate-limited') return null;
    const answered = outcome !== 'not-done' && outcome !== 'unknown' && outcome !== 'failed';
    const back = this.outages.observe(connectionId, answered);
    return back === null ? null : { only: back === 'connection' ? connectionId : null };
  }

  private async within(tx: Tx, errand: Errand, result: Result): Promise<void> {
    const { connectionId, userId, attempt, fence } = errand;
    await this.worlds.holdConnection(tx, connectionId);
    const locked = await this.lanes.lock(tx, connectionId, [userId, ...(await holdersOf(tx, errand, result))]);
    const stored = locked.find((lane) => lane.userId === userId);
    const worlds = stored && (await this.worlds.read(tx, connectionId, locked, attempt.clientId));
    if (!worlds) return;
    const context = worlds.of(stored);
    const before = stored.lane;
    const decided = this.decide(before, fence, result, context, connectionId);
    const step = await this.oneLink(tx, locked, worlds, before, decided, context);
    if (step.lane === before) {
      this.passes.logger.info(
        { connectionId, userId, attemptId: attempt.id },
        'an answer came too late and is discarded',
      );
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
    await this.pass(tx, errand, { before, ...step });
    if ('reading' in result && result.reading.outcome === 'absent' && attempt.kind === 'create')
      await this.passes.index.removed(tx, connectionId, userId);
    if (waitingFor(step.lane).includes('privilege')) this.passes.privileges.report(connectionId);
  }

  /** What follows from the result. After a mistake of ours it is found out again by reading, with pauses that grow. */
  private decide(before: Lane, fence: string, result: Result, context: DecisionContext, connectionId: string): Step {
    try {
      return stepOf(before, fence, result, context);
    } catch (error) {
      const { userId } = before;
      this.passes.logger.error({ err: error, connectionId, userId }, 'what an answer means could not be decided');
      return failedStep(before, context, 'internal-error');
    }
  }

  /** Lane protocol, 20. The step, unless the employee that it links the person to is somebody else's. */
  private async oneLink(
    tx: Tx,
    locked: readonly StoredLane[],
    worlds: Worlds,
    before: Lane,
    step: Step,
    context: DecisionContext,
  ): Promise<Step> {
    const { link } = step.lane;
    const holder = locked.find(
      ({ lane }) => lane.userId !== before.userId && lane.link?.employeeId === link?.employeeId,
    );
    if (!link || !holder || before.link?.employeeId === link.employeeId) return step;
    const verdict = judgeHolder(holder, worlds.of(holder));
    if (verdict === 'keep')
      return { lane: employeeIsTaken(before, link.employeeId, context), task: undefined, changes: [] };
    if (verdict === 'later') return failedStep(before, context);
    const { connectionId } = holder;
    const after = endLink(holder.lane);
    await this.lanes.save(tx, connectionId, [{ lane: after, held: true, class: holder.class }]);
    const place = { ...holder, organizationId: worlds.organizationId };
    await this.journal.linkEnded(tx, { place, step: { before: holder.lane, after, changes: [] } });
    return step;
  }

  /** What one lane's step means for others: numbers and emails that became free or taken. */
  private async pass(tx: Tx, { connectionId, userId, attempt }: Errand, step: RecordedStep): Promise<void> {
    const { lane, changes } = step;
    const arrived = (field: Field): boolean =>
      changes.some((c) => c.field === field && (c.result === 'applied' || c.result === 'settled'));
    // Rule 18. Somebody who is created takes a number and gives none up.
    if (attempt.kind !== 'create' && arrived('employmentId'))
      await this.lanes.endWait(tx, connectionId, 'freed-number', 'a number was freed', userId);
    // Rule 10a. Whom we created or renamed is in the index from now on.
    const employee = indexedEmployee(step, arrived('email'));
    if (employee) await this.passes.index.entered(tx, connectionId, employee);
    if (attempt.values.email && lane.attempt?.id !== attempt.id) await this.lanes.emailIsSettled(tx, connectionId);
  }
}

const stepOf = (before: Lane, fence: string, result: Result, context: DecisionContext): Step =>
  'answer' in result ? record(before, fence, result.answer, context) : settle(before, fence, result.reading, context);

/** Nothing is believed yet: it is looked up again after a pause. */
const failedStep = (before: Lane, context: DecisionContext, reason: HoldUp = 'answer-not-usable'): Step => {
  const { attempt } = before;
  const retry = backOff(before, context, reason);
  // A read changed nothing, so it is simply made again.
  const isRead = attempt?.kind === 'read' || attempt?.kind === 'account-look';
  const unsettled = attempt && !isRead ? { ...attempt, outcome: 'unknown' as const, reading: null } : null;
  return { lane: { ...before, due: true, retry, attempt: unsettled }, task: undefined, changes: [] };
};

interface RecordedStep extends Step {
  readonly before: Lane;
}

/** The employee as the index has to know it after the step; null: nothing of it changed there. */
const indexedEmployee = ({ before, lane }: RecordedStep, isRenamed: boolean): EnteredEmployee | null => {
  const { link, fields, blocked, userId } = lane;
  if (!link || (before.link?.employeeId === link.employeeId && !isRenamed)) return null;
  const shown = fields.email?.shown;
  return {
    employeeId: link.employeeId,
    email: typeof shown === 'string' ? shown : null,
    reference: link.reference === 'ours' ? userId : null,
    archived: blocked?.reason === 'employee-archived',
  };
};

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
