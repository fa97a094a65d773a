import type { Int64, NumberSeries } from '@huma-poweroffice/poweroffice';
import type { Field, HumaValues, MappingContext } from '../fields.js';
import type { BlockReason } from '../reasons.js';
import type { LockReason } from './lane.js';

/** How long each part of a request may take, in milliseconds. All four parts of a wait are needed. */
export interface Timing {
  /** From the commit of the intent until the request must have gone out. */
  readonly sendWindowMs: number;
  /** The client's time-out for an answer. */
  readonly clientTimeoutMs: number;
  /** The longest processing at PowerOffice after the client gave up. */
  readonly processingMs: number;
  /** The longest lag of a read behind a write. */
  readonly readLagMs: number;
  /** The lease, longer than send window and time-out together. */
  readonly leaseMs: number;
}

/** An employee of the client with the person's email, or one whose email could not be read and so may be the person's. */
export interface SameEmail {
  readonly employeeId: Int64;
  readonly reference: string | null;
}

/** The index of the client's employees by email, as far as it concerns the person (rules 10, 10a). */
export interface EmployeeIndex {
  /** False: it must be refreshed before anybody is created. */
  readonly fresh: boolean;
  readonly sameEmail: readonly SameEmail[];
  /** Why it could not be refreshed, how many times in a row, and when that is next tried; null: nothing is wrong. */
  readonly problem: { readonly reason: BlockReason; readonly failures: number; readonly nextTryAt: number } | null;
  /** An attempt of another lane, open or unknown, carries the email: nobody is created before it is settled. */
  readonly inFlight: boolean;
}

/** What is true at the moment of a step, read under the lane's row lock. */
export interface DecisionContext {
  /** The database's clock, milliseconds since 1970. */
  readonly now: number;
  /** The date in Europe/Oslo, `YYYY-MM-DD`. */
  readonly today: string;
  /** A new id for the attempt or the read-back that the step may begin. */
  readonly id: string;
  /** 0 up to 1, spreads retries. */
  readonly jitter: number;
  readonly timing: Timing;
  /** What Huma says now; null when the person is not known. */
  readonly person: {
    readonly version: number;
    readonly values: HumaValues;
    readonly state: 'active' | 'deactivated' | 'deleted';
  } | null;
  readonly inScope: boolean;
  readonly connection: { readonly active: boolean; readonly clientId: string; readonly createUsers: boolean };
  /** The PowerOffice client of the token that was got before the claim. */
  readonly tokenClientId: string;
  readonly writable: ReadonlySet<Field>;
  readonly series: readonly NumberSeries[] | null;
  readonly index: EmployeeIndex;
}

/** Why nothing may be sent for the person now; null when sending is allowed. */
export const lockReason = (context: Pick<DecisionContext, 'person' | 'inScope'>): LockReason | null => {
  if (!context.person) return 'unknown-person';
  if (context.person.state !== 'active') return context.person.state;
  return context.inScope ? null : 'out-of-scope';
};

/** What the mapping of a value depends on beside the value. */
export const mappingOf = ({ series, today }: DecisionContext): MappingContext => ({ series, today });
