import { normalizeEmail } from '@huma-poweroffice/huma';
import {
  isWaitingUnsettled,
  lockReason,
  type DecisionContext,
  type Lane,
  type Link,
} from '@huma-poweroffice/sync-rules';
import type { Judgement, ProvenItem } from './gate.js';

/** An employee as PowerOffice shows it right before the execution. */
export interface EmployeeNow {
  readonly email: string | null;
  readonly reference: string | null;
  readonly archived: boolean;
}

/** Somebody of Huma whom PowerOffice or our database names beside the person of the item. */
export interface Other {
  readonly userId: string;
  readonly isDeleted: boolean;
}

/** Who is linked to the employee now. */
export interface Holder extends Other {
  /** The holder's lane could be locked, and no request of it is under way. */
  readonly isAtRest: boolean;
}

/** What is true of a link at the moment of its execution. */
export interface LinkSeen {
  readonly lane: Lane;
  readonly world: Pick<DecisionContext, 'person' | 'inScope' | 'connection'>;
  /** Null: PowerOffice does not list the employee, or the entry cannot be read. */
  readonly employee: EmployeeNow | null;
  /** The person whose id the employee carries as its reference, if it is anybody of ours. */
  readonly referenceOf: Other | null;
  readonly holder: Holder | null;
  /** Somebody else has got the person's email since the review, in Huma or in PowerOffice. */
  readonly emailOfSeveral: boolean;
  /** An attempt of another lane carries the person's email. */
  readonly emailInFlight: boolean;
}

const changed = (reason: string): Judgement => ({ kind: 'changed-since-review', reason });

const normalized = (email: unknown): string | null =>
  typeof email === 'string' && email !== '' ? normalizeEmail(email) : null;

/** Whether a link that was reviewed may be recorded now. A lane with an attempt is not settled, so it waits. */
export const judgeLink = (item: ProvenItem<'link'>, seen: LinkSeen): Judgement => {
  const { lane, world, employee, holder } = seen;
  const { link } = lane;
  // An employee that PowerOffice says does not exist, and that the review did not find either, is no link.
  const isGone = lane.blocked?.reason === 'employee-gone';
  if (link?.clientId === world.connection.clientId && !isGone)
    return link.employeeId === item.employeeId ? { kind: 'done' } : changed('linked-to-another-employee');
  if (holder && holder.userId !== item.userId && !(holder.isDeleted && holder.userId === item.proof.holder))
    return changed('employee-linked-to-somebody-else');
  const locked = lockReason(world);
  if (locked !== null) return changed(locked);
  if (!employee) return changed('employee-not-found');
  if (employee.archived) return changed('employee-archived');
  const evidence = judgeEvidence(item, seen, employee);
  if (evidence !== null) return changed(evidence);
  const isBusy =
    (lane.attempt !== null && !isWaitingUnsettled(lane)) ||
    (holder !== null && !holder.isAtRest) ||
    (item.proof.matchedBy === 'email' && seen.emailInFlight);
  return { kind: isBusy ? 'busy' : 'holds' };
};

/** @returns a stable code of what no longer holds */
const judgeEvidence = (
  { userId, proof }: ProvenItem<'link'>,
  { world, referenceOf, emailOfSeveral }: LinkSeen,
  employee: EmployeeNow,
): string | null => {
  if (referenceOf && referenceOf.userId !== userId && !referenceOf.isDeleted) return 'reference-of-somebody-else';
  const isOurs = isReferenceOf(employee, userId);
  if (!isOurs && (proof.matchedBy === 'reference' || employee.reference !== proof.reference))
    return 'reference-changed';
  if (proof.matchedBy === 'reference') return null;
  if (normalized(employee.email) !== proof.employeeEmail) return 'email-changed-in-poweroffice';
  if (normalized(world.person?.values.email) !== proof.personEmail) return 'email-changed-in-huma';
  return emailOfSeveral ? 'email-of-several' : null;
};

const isReferenceOf = ({ reference }: EmployeeNow, userId: string): boolean => reference?.toLowerCase() === userId;

/** What the link says of the employee's reference: it is the one of now, not that of the review. */
export const referenceNow = (employee: EmployeeNow, userId: string, referenceOf: Other | null): Link['reference'] => {
  if (employee.reference === null || employee.reference === '') return 'absent';
  if (isReferenceOf(employee, userId)) return 'ours';
  return referenceOf?.isDeleted ? 'former' : 'foreign';
};
