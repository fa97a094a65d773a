import { enqueue, ownEvent, type OutboxMessage } from '@huma-poweroffice/messaging';
import type { Tx } from '@huma-poweroffice/platform';
import type { AuditEntry, AuditRepository } from '../audit/audit-repository.js';
import type { StoredLane } from '../lanes/lane-codec.js';
import { outcomesOf, type LaneStep } from './report.js';

/** What was done in a step, for the audit; null: nothing that needs a record beyond the changes of the step. */
export interface Deed {
  /** Null: nothing was asked of PowerOffice. */
  readonly attemptId: string | null;
  readonly call: string | null;
  readonly result: string;
}

/** A step of one lane, and whose it is. */
export interface LaneRecord {
  readonly place: Pick<StoredLane, 'connectionId' | 'userId' | 'cause' | 'trace'> & { readonly organizationId: string };
  readonly step: LaneStep;
  readonly deed: Deed | null;
}

/** Writes what a step did into the audit and the outbox, in the step's own transaction. */
export class LaneJournal {
  constructor(
    private readonly audit: AuditRepository,
    private readonly source: string,
  ) {}

  async write(tx: Tx, place: LaneRecord['place'], step: LaneStep, deed: Deed | null, now: number): Promise<void> {
    await this.writeAll(tx, [{ place, step, deed }], now);
  }

  /** The same for many lanes, set-based. */
  async writeAll(tx: Tx, records: readonly LaneRecord[], now: number): Promise<void> {
    await this.audit.append(tx, records.flatMap(entryOf));
    await enqueue(
      tx,
      records.flatMap((record) => this.eventsOf(record, now)),
    );
  }

  private eventsOf({ place, step }: LaneRecord, now: number): OutboxMessage[] {
    const from = { source: this.source, now, traceparent: place.trace };
    const value = { ...whoOf(place, step), occurredAt: new Date(now).toISOString(), cause: place.cause };
    return outcomesOf(step).map((outcome) =>
      ownEvent('syncOutcomes', 'poweroffice.outcome.recorded.v1', place.userId, { ...value, ...outcome }, from),
    );
  }
}

const whoOf = (
  { organizationId, connectionId, userId }: LaneRecord['place'],
  step: LaneStep,
): Pick<AuditEntry, 'organizationId' | 'connectionId' | 'userId' | 'employeeId'> => {
  const employeeId = (step.after.link ?? step.before.link)?.employeeId ?? null;
  return { organizationId, connectionId, userId, employeeId };
};

const entryOf = ({ place, step, deed }: LaneRecord): AuditEntry[] => {
  if (deed === null && step.changes.length === 0) return [];
  const done = deed ?? { attemptId: null, call: null, result: 'decided' };
  return [{ ...whoOf(place, step), cause: place.cause, ...done, changes: step.changes }];
};
