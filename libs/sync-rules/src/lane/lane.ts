import type { Int64 } from '@huma-poweroffice/poweroffice';
import type { Field } from '../fields.js';
import type { Json } from '../json.js';
import type { BlockReason, CannotSend, HoldUp, Rejection, WaitsFor } from '../reasons.js';

/** Where a person is in PowerOffice: the employee's id means nothing outside its client. */
export interface Link {
  readonly employeeId: Int64;
  readonly clientId: string;
  /**
   * Whether the employee carries our reference. `foreign`: another system's, never overwritten; `refused`: PowerOffice
   * did not take ours; `former`: that of a user deleted in Huma, which the next patch replaces.
   */
  readonly reference: 'ours' | 'absent' | 'foreign' | 'refused' | 'former';
}

/** A value of Huma's that cannot be sent, or that PowerOffice refused. */
export interface Refused {
  readonly value: Json;
  readonly reason: CannotSend | Rejection;
  /** PowerOffice's own text: shown, never matched on. */
  readonly detail: string | null;
  readonly waitsFor: WaitsFor;
  /** Our own refusals are decided again at each claim; PowerOffice's only when their reason may have ended. */
  readonly by: 'us' | 'poweroffice';
  /** PowerOffice was read since, and still has what it showed before: the value may be sent again (rule 6b). */
  readonly looked?: true;
}

/** What is known of one field of a person. */
export interface FieldState {
  /** Huma's value last settled, in Huma's terms; absent: none was. */
  readonly base?: Json;
  /** What PowerOffice last showed, in its own spelling; absent: not known, or hidden. */
  readonly shown?: Json;
  /** PowerOffice was read and does not show this field: it is sent without a look (rule 6a). */
  readonly hidden?: true;
  /** A value that we are writing, or may have written, to Huma. */
  readonly pair?: Json;
  readonly refused?: Refused;
  /** The address that was refused and for which PowerOffice was read, to send it once more in the right form (rule 5a). */
  readonly formLookedFor?: Json;
  /** Shown to a person until the field is next recorded: a foreign value was kept, or Huma has none. */
  readonly note?: 'kept-foreign-value' | 'missing-in-huma';
}

export type AttemptKind = 'patch' | 'create' | 'account-look' | 'account-create' | 'salary-set' | 'read';

/** Why an employee is read before something is sent: rule 6a, rule 6b or a blocked person, or a restored database. */
export type ReadPurpose = 'unseen' | 'same-again' | 'blocked' | 'restored';

/** One request under way, written before it is sent. Its id is a fencing token: a result whose attempt was replaced is discarded. */
export interface Attempt {
  readonly id: string;
  readonly kind: AttemptKind;
  /** The PowerOffice client that the request goes to. */
  readonly clientId: string;
  /** Per field Huma's value and the value sent, because the mapping loses information. */
  readonly values: { readonly [F in Field]?: { readonly huma: Json; readonly sent: Json } };
  /** Huma's version that it was decided from. */
  readonly version: number;
  /** Milliseconds since 1970 by the database's clock, as are all times here. */
  readonly leaseUntil: number;
  readonly settleAfter: number;
  readonly outcome: 'open' | 'unknown';
  /** An answer that is looked into before it is believed: a refused create, or a 404. */
  readonly refusal: Refusal | null;
  /** The patch also writes our reference. */
  readonly writesReference: boolean;
  /** The salary account that is set. */
  readonly accountId: Int64 | null;
  readonly purpose: ReadPurpose | null;
  /** The read-back under way, fenced by an id of its own. */
  readonly reading: { readonly id: string; readonly leaseUntil: number } | null;
}

export interface Refusal {
  readonly reason: Rejection;
  readonly detail: string | null;
}

export type LockReason = 'unknown-person' | 'deleted' | 'deactivated' | 'out-of-scope';

/** A reason that concerns the whole person. */
export interface Blocked {
  readonly reason: BlockReason;
  readonly detail: string | null;
  readonly waitsFor: WaitsFor;
}

/** Why what was refused is tried again: a person or a scheduled look asked (anything), or one wait has ended. */
export type Asked = 'person' | 'look' | WaitsFor;

/** One connection × one person: the queue, and what an administrator sees of the person. */
export interface Lane {
  readonly userId: string;
  readonly link: Link | null;
  readonly due: boolean;
  readonly asked: Asked | null;
  readonly blocked: Blocked | null;
  /** The lock reason last published for a linked person; null: the person is not locked. */
  readonly locked: LockReason | null;
  /** Wanted in PowerOffice: taken in, or entered the group, after activation while the setting was on. */
  readonly isNew: boolean;
  /** Our database went back to an earlier state: every field is judged by reading before anything is sent. */
  readonly judgeFirst: boolean;
  readonly attempt: Attempt | null;
  readonly fields: { readonly [F in Field]?: FieldState };
  /** Fields that are sent one by one, because PowerOffice refused them together and did not say which. */
  readonly alone: readonly Field[];
  /** What is known of the account to be set: its normalised number and, once found or created, its id. */
  readonly account: { readonly number: string; readonly id: Int64 | null } | null;
  /** Until when our last write may not show in a read: no look that decides something comes before it (rule 17a). */
  readonly showsAt: number | null;
  /** The account that PowerOffice last showed as the salary account. */
  readonly shownAccountId: Int64 | null;
  /** Steps in a row that learned nothing, why, and until when the lane pauses (rule 22). */
  readonly retry: { readonly count: number; readonly notBefore: number; readonly reason: HoldUp | null } | null;
  /** When the lane is next looked at by itself although nothing is due, and how often that was in vain (rule 21). */
  readonly looks: { readonly count: number; readonly at: number } | null;
}

/** The lane of somebody of whom nothing is known yet: not linked, nothing sent, nothing under way. */
export const emptyLane = (userId: string): Lane => ({
  userId,
  link: null,
  due: false,
  asked: null,
  blocked: null,
  locked: null,
  isNew: false,
  judgeFirst: false,
  attempt: null,
  fields: {},
  alone: [],
  account: null,
  showsAt: null,
  shownAccountId: null,
  retry: null,
  looks: null,
});

/**
 * When something can next be done for the lane if nothing else happens, in milliseconds since 1970; null: only an event
 * can wake it.
 * @param held the person is locked, or what is unsettled was sent to another client: nothing happens then, except that a
 * lease runs out
 */
export const wakeAt = (lane: Lane, held: boolean): number | null => {
  const { attempt } = lane;
  if (held && (attempt?.outcome !== 'open' || attempt.reading)) return null;
  if (attempt) {
    if (attempt.reading) return attempt.reading.leaseUntil;
    // What became of the attempt cannot be read while the employee is not there.
    if (isWaitingUnsettled(lane)) return lane.asked ? (lane.retry?.notBefore ?? 0) : (lane.looks?.at ?? null);
    return attempt.outcome === 'open' ? attempt.leaseUntil : Math.max(attempt.settleAfter, lane.retry?.notBefore ?? 0);
  }
  if (lane.due) return lane.retry?.notBefore ?? 0;
  return lane.looks?.at ?? null;
};

/** The employee does not exist, or is archived: nothing is written, whatever changes in Huma, until a look shows it. */
export const isOutOfReach = ({ blocked }: Pick<Lane, 'blocked'>): boolean => blocked?.waitsFor === 'employee-back';

/** Whether the next step of the lane is only a scheduled look at what waits, which has the lowest priority (rule 21). */
export const isLook = (lane: Lane): boolean =>
  lane.looks !== null && (lane.asked === 'look' || lane.asked === null) && (!lane.due || isWaitingUnsettled(lane));

/** An attempt whose outcome is unknown, of an employee who is not there: it is settled when a look finds the employee. */
export const isWaitingUnsettled = (lane: Lane): boolean => lane.attempt?.outcome === 'unknown' && isOutOfReach(lane);
