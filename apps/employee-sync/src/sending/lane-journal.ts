import { enqueue, ownEvent } from '@huma-poweroffice/messaging';
import type { Tx } from '@huma-poweroffice/platform';
import type { FieldChange } from '@huma-poweroffice/sync-rules';
import type { AuditRepository } from '../audit/audit-repository.js';
import type { StoredLane } from '../lanes/lane-codec.js';
import { outcomesOf, type LaneStep } from './report.js';

/** Where something was done, and what led to it. */
export type Place = Pick<StoredLane, 'connectionId' | 'userId' | 'cause' | 'trace'> & {
  readonly organizationId: string;
};

/** A write whose intent is being recorded. */
export interface Intent {
  readonly attemptId: string;
  readonly call: string;
  readonly changes: readonly FieldChange[];
}

/** What became of an attempt; `changes` null: what was intended is all that can be said. */
export interface Ending {
  readonly attemptId: string;
  readonly result: string;
  readonly changes: readonly FieldChange[] | null;
}

/** Writes what a step did into the audit and the outbox, in the step's own transaction. */
export class LaneJournal {
  constructor(
    private readonly audit: AuditRepository,
    private readonly source: string,
  ) {}

  /** What was decided without asking PowerOffice: values that cannot be sent, links of a run. */
  async decided(tx: Tx, place: Place, step: LaneStep, now: number, result = 'decided'): Promise<void> {
    if (step.changes.length > 0 || result !== 'decided') {
      const entry = { ...this.who(place, step), cause: place.cause, attemptId: null, call: null, result };
      await this.audit.append(tx, [{ ...entry, changes: step.changes }]);
    }
    await this.tell(tx, place, step, now);
  }

  /** A write is on record before it is sent: whatever dies then, the audit knows of it. */
  async intended(tx: Tx, place: Place, step: LaneStep, intent: Intent): Promise<void> {
    await this.audit.append(tx, [{ ...this.who(place, step), cause: place.cause, result: 'open', ...intent }]);
  }

  /** What became of an attempt. */
  async ended(tx: Tx, place: Place, step: LaneStep, ending: Ending, now: number): Promise<void> {
    const { employeeId } = this.who(place, step);
    await this.audit.close(tx, place, ending.attemptId, { ...ending, employeeId });
    await this.tell(tx, place, step, now);
  }

  private who({ organizationId, connectionId, userId }: Place, { before, after }: LaneStep) {
    const employeeId = (after.link ?? before.link)?.employeeId ?? null;
    return { organizationId, connectionId, userId, employeeId };
  }

  private async tell(tx: Tx, place: Place, step: LaneStep, now: number): Promise<void> {
    const occurredAt = new Date(now).toISOString();
    const from = { source: this.source, now, traceparent: place.trace };
    const events = outcomesOf(step).map((outcome) =>
      ownEvent(
        'syncOutcomes',
        'poweroffice.outcome.recorded.v1',
        place.userId,
        { ...this.who(place, step), occurredAt, cause: place.cause, ...outcome },
        from,
      ),
    );
    await enqueue(tx, events);
  }
}
