import type { Int64 } from '@huma-poweroffice/poweroffice';
import type { Field } from './fields.js';
import type { Json } from './json.js';

/** Where a person is in PowerOffice: the employee's id means nothing outside its client. */
export interface Link {
  readonly employeeId: Int64;
  readonly clientId: string;
  /** Whether the employee carries our reference; `foreign`: another system's, never overwritten; `refused`: could not be written. */
  readonly reference: 'ours' | 'absent' | 'foreign' | 'refused';
}

/** What a refused value waits for before it is tried again. */
export type WaitsFor = 'change' | 'privilege' | 'number-series' | 'freed-number';

/** A value of Huma's that cannot be sent, or that PowerOffice refused. */
export interface Refused {
  readonly value: Json;
  readonly reason: string;
  /** PowerOffice's own text: shown, never matched on. */
  readonly detail: string | null;
  readonly waitsFor: WaitsFor;
  /** What we refuse is judged anew at each look; what PowerOffice refused only when its reason may be gone. */
  readonly by: 'us' | 'poweroffice';
}

export interface FieldState {
  /** Huma's value last settled, in Huma's terms; absent: none was. */
  readonly base?: Json;
  /** What PowerOffice last showed, in its own spelling; absent: not known, or hidden. */
  readonly shown?: Json;
  /** A value that we are writing, or may have written, to Huma. */
  readonly pair?: Json;
  readonly refused?: Refused;
  /** Shown to a person until the field is next recorded: a value of somebody else's was kept, or Huma has none. */
  readonly note?: 'kept-foreign-value' | 'missing-in-huma';
}

export type AttemptKind = 'patch' | 'create' | 'account-look' | 'account-create' | 'salary-set' | 'read';

/** One request under way, written before it is sent. Its id is the fence: who does not hold it any more records nothing. */
export interface Attempt {
  readonly id: string;
  readonly kind: AttemptKind;
  /** The PowerOffice client that the request goes to. */
  readonly clientId: string;
  /** Per field Huma's value and the value sent, since the mapping loses. */
  readonly values: { readonly [F in Field]?: { readonly huma: Json; readonly sent: Json } };
  /** Huma's version that it was decided from. */
  readonly version: number;
  /** Milliseconds since 1970, the database's clock, as are all times here. */
  readonly leaseUntil: number;
  readonly settleAfter: number;
  readonly outcome: 'open' | 'unknown';
  /** A create that was refused: perhaps because an earlier one had arrived. */
  readonly refusal: { readonly reason: string; readonly detail: string | null } | null;
  /** The patch also writes our reference. */
  readonly writesReference: boolean;
  /** The salary account that is set. */
  readonly accountId: Int64 | null;
  /** The read-back under way, fenced by an id of its own. */
  readonly reading: { readonly id: string; readonly leaseUntil: number } | null;
}

export type LockReason = 'unknown-person' | 'deleted' | 'deactivated' | 'out-of-scope';

/** A reason that concerns the whole person. */
export interface Blocked {
  readonly reason: string;
  readonly detail: string | null;
}

/** One connection × one person: the queue, and what an administrator sees of the person. */
export interface Lane {
  readonly userId: string;
  readonly link: Link | null;
  readonly due: boolean;
  /** What was refused is tried again: a person asked for it, a number became free, privileges changed. */
  readonly asked: 'person' | 'number' | 'privilege' | null;
  readonly blocked: Blocked | null;
  /** Why nothing is sent for somebody who is linked, as far as others were told; null: nothing holds the person. */
  readonly locked: LockReason | null;
  /** Wanted in PowerOffice: taken in, or entered the group, after activation while the setting was on. */
  readonly isNew: boolean;
  readonly attempt: Attempt | null;
  readonly fields: { readonly [F in Field]?: FieldState };
  /** Fields that are sent one by one, because PowerOffice refused them together and did not say which. */
  readonly alone: readonly Field[];
  /** What is known of the account to be set: its normalised number and, once found or created, its id. */
  readonly account: { readonly number: string; readonly id: Int64 | null } | null;
  /** The account that PowerOffice last showed as the salary account. */
  readonly shownAccountId: Int64 | null;
  /** Failures in a row in which nothing was sent, and when the next try may be. */
  readonly retry: { readonly count: number; readonly notBefore: number } | null;
}

/** The lane of somebody of whom nothing is known yet: not linked, nothing sent, nothing on the way. */
export const emptyLane = (userId: string): Lane => ({
  userId,
  link: null,
  due: false,
  asked: null,
  blocked: null,
  locked: null,
  isNew: false,
  attempt: null,
  fields: {},
  alone: [],
  account: null,
  shownAccountId: null,
  retry: null,
});

/**
 * When something can next be done for the lane, if nothing else happens; null: only an event can wake it.
 * @param held the person is locked, or what is unsettled was sent to another client: nothing happens then, but for a
 * lease that runs out
 */
export const wakeAt = (lane: Lane, held: boolean): number | null => {
  const { attempt } = lane;
  if (held && (attempt?.outcome !== 'open' || attempt.reading)) return null;
  if (attempt) {
    if (attempt.reading) return attempt.reading.leaseUntil;
    return attempt.outcome === 'open' ? attempt.leaseUntil : Math.max(attempt.settleAfter, lane.retry?.notBefore ?? 0);
  }
  return lane.due ? (lane.retry?.notBefore ?? 0) : null;
};
