import { enqueue, ownEvent, type OutboxMessage } from '@huma-poweroffice/messaging';
import type { Tx } from '@huma-poweroffice/platform';
import type { FieldChange } from '@huma-poweroffice/sync-rules';
import type { AuditEntry, AuditRepository } from '../audit/audit-repository.js';
import type { StoredLane } from '../lanes/lane-codec.js';
import { outcomesOf, type LaneStep } from './report.js';

/** A step of one lane, whose it is, and what led to it. */
export interface LaneRecord {
  readonly place: Pick<StoredLane, 'connectionId' | 'userId' | 'cause' | 'trace'> & { readonly organizationId: string };
  readonly step: LaneStep;
}

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

/** Writes what steps did into the audit and the outbox, in the steps' own transaction. */
export class LaneJournal {
  constructor(
    private readonly audit: AuditRepository,
    private readonly source: string,
  ) {}

  /** What was decided without asking PowerOffice; a step that changed no field leaves no entry. */
  async decided(tx: Tx, records: readonly LaneRecord[], now: number): Promise<void> {
    const changed = records.filter(({ step }) => step.changes.length > 0);
    await this.audit.append(
      tx,
      changed.map((record) => entryOf(record, 'decided')),
    );
    await this.tell(tx, records, now);
  }

  /** Links that a run has made. */
  async linked(tx: Tx, records: readonly LaneRecord[], now: number): Promise<void> {
    await this.audit.append(
      tx,
      records.map((record) => entryOf(record, 'linked')),
    );
    await this.tell(tx, records, now);
  }

  /** A link that ended because the employee is linked to somebody else now. */
  async linkEnded(tx: Tx, record: LaneRecord): Promise<void> {
    await this.audit.append(tx, [entryOf(record, 'link-ended')]);
  }

  /** A write is on record before it is sent: whatever dies then, the audit knows of it. */
  async intended(tx: Tx, record: LaneRecord, intent: Intent): Promise<void> {
    await this.audit.append(tx, [{ ...entryOf(record, 'open'), ...intent }]);
  }

  /** What became of an attempt. */
  async ended(tx: Tx, record: LaneRecord, ending: Ending, now: number): Promise<void> {
    const { employeeId } = whoOf(record);
    const closed = await this.audit.close(tx, record.place, ending.attemptId, { ...ending, employeeId });
    // Found by our reference without ever having been asked to be created by what we remember.
    const { before, after } = record.step;
    if (!closed && !before.link && after.link) await this.audit.append(tx, [entryOf(record, 'linked')]);
    await this.tell(tx, [record], now);
  }

  private async tell(tx: Tx, records: readonly LaneRecord[], now: number): Promise<void> {
    await enqueue(
      tx,
      records.flatMap((record) => this.eventsOf(record, now)),
    );
  }

  private eventsOf(record: LaneRecord, now: number): OutboxMessage[] {
    const { cause, trace, userId } = record.place;
    const from = { source: this.source, now, traceparent: trace };
    const value = { ...whoOf(record), occurredAt: new Date(now).toISOString(), cause };
    return outcomesOf(record.step).map((outcome) =>
      ownEvent('syncOutcomes', 'poweroffice.outcome.recorded.v1', userId, { ...value, ...outcome }, from),
    );
  }
}

const whoOf = ({
  place: { organizationId, connectionId, userId },
  step,
}: LaneRecord): Pick<AuditEntry, 'organizationId' | 'connectionId' | 'userId' | 'employeeId'> => {
  const employeeId = (step.after.link ?? step.before.link)?.employeeId ?? null;
  return { organizationId, connectionId, userId, employeeId };
};

const entryOf = (record: LaneRecord, result: string): AuditEntry => ({
  ...whoOf(record),
  cause: record.place.cause,
  attemptId: null,
  call: null,
  result,
  changes: record.step.changes,
});
