import { enqueue, ownEvent } from '@huma-poweroffice/messaging';
import type { Tx } from '@huma-poweroffice/platform';
import type { AuditEntry, AuditRepository } from '../audit/audit-repository.js';
import type { StoredLane } from '../lanes/lane-codec.js';
import { outcomesOf, type LaneStep } from './report.js';

/** What was done in a step, for the audit; null: nothing that needs a record beyond the changes of the step. */
export interface Deed {
  readonly attemptId: string;
  readonly call: string | null;
  readonly result: string;
}

/** Writes what a step did into the audit and the outbox, in the step's own transaction. */
export class LaneJournal {
  constructor(
    private readonly audit: AuditRepository,
    private readonly source: string,
  ) {}

  async write(
    tx: Tx,
    place: Pick<StoredLane, 'connectionId' | 'userId' | 'cause' | 'trace'> & { readonly organizationId: string },
    step: LaneStep,
    deed: Deed | null,
    now: number,
  ): Promise<void> {
    const { organizationId, connectionId, userId, cause, trace } = place;
    const employeeId = (step.after.link ?? step.before.link)?.employeeId ?? null;
    const who = { organizationId, connectionId, userId, employeeId };
    if (deed !== null || step.changes.length > 0) {
      const done = deed ?? { attemptId: null, call: null, result: 'decided' };
      const entry: AuditEntry = { ...who, cause, ...done, changes: step.changes };
      await this.audit.append(tx, [entry]);
    }
    const from = { source: this.source, now, traceparent: trace };
    const occurredAt = new Date(now).toISOString();
    const events = outcomesOf(step).map((outcome) =>
      ownEvent(
        'syncOutcomes',
        'poweroffice.outcome.recorded.v1',
        userId,
        { ...who, occurredAt, cause, ...outcome },
        from,
      ),
    );
    await enqueue(tx, events);
  }
}
