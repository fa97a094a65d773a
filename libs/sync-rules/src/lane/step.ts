import type { Int64, JsonPatchOperation } from '@huma-poweroffice/poweroffice';
import type { Field, ShownValues } from '../fields.js';
import type { Json } from '../json.js';
import type { HoldUp, ReasonCode, Rejection } from '../reasons.js';
import type { Lane } from './lane.js';

/** The request that the holder of a claim has to make now, at once. */
export type NextRequest =
  | { readonly kind: 'patch'; readonly employeeId: Int64; readonly operations: JsonPatchOperation[] }
  | { readonly kind: 'create'; readonly body: { readonly [name: string]: Json } }
  | { readonly kind: 'account-look'; readonly employeeId: Int64 }
  | { readonly kind: 'account-create'; readonly employeeId: Int64; readonly account: Json }
  | { readonly kind: 'salary-set'; readonly employeeId: Int64; readonly accountId: Int64 }
  /** `accounts`: the contact's bank accounts are read too, because the number of the salary account must be seen. */
  | { readonly kind: 'read'; readonly employeeId: Int64; readonly accounts: boolean }
  | { readonly kind: 'read-back'; readonly what: 'employee' | 'accounts' | 'salary'; readonly employeeId: Int64 }
  | { readonly kind: 'look-up'; readonly reference: string };

/** What a claim decided: a request, nothing, or that the index of employees must be refreshed first. */
export type Task = NextRequest | { readonly kind: 'nothing' } | { readonly kind: 'refresh-index' };

/** The account with a wanted number among a contact's accounts; `closed`: only an account that is not active has it. */
export interface FoundAccount {
  readonly id: Int64 | null;
  readonly closed: boolean;
}

/** What became of the request of an attempt (rules 5 and 5a). */
export type Answer =
  /** A write was done, or a read was answered. */
  | {
      readonly outcome: 'applied';
      readonly employeeId: Int64 | null;
      readonly shown: ShownValues | null;
      /** The account that was looked for or made; of an employee that was read: the salary account. */
      readonly accountId: Int64 | null;
      /** Of a look among accounts: only a closed one has the number. */
      readonly closed?: boolean;
      /** The answer shows that the employee is archived: nothing more is written until it is restored. */
      readonly archived?: boolean;
    }
  /** PowerOffice's own refusal of a value or of the person. Nothing was done. */
  | { readonly outcome: 'refused'; readonly reason: Rejection; readonly detail: string | null }
  /** Nothing was done, and nothing was learned of the person. */
  | { readonly outcome: 'not-done'; readonly reason: HoldUp; readonly retryAfterMs: number | null }
  /** PowerOffice answered 429: nothing was done; not counted as a failure of the person. */
  | { readonly outcome: 'rate-limited'; readonly retryAfterMs: number }
  /** A write may have been done or not. */
  | { readonly outcome: 'unknown' };

/** What a read-back or a look-up showed. `failed`: nothing was learned, and it is repeated. */
export type Reading =
  | {
      readonly outcome: 'found';
      readonly employeeId: Int64;
      readonly archived: boolean;
      readonly shown: ShownValues;
      readonly accountId: Int64 | null;
    }
  | ({ readonly outcome: 'accounts' } & FoundAccount)
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'rate-limited'; readonly retryAfterMs: number }
  | { readonly outcome: 'failed'; readonly reason: HoldUp; readonly retryAfterMs: number | null };

/** What a step did to a field, for the audit and for the published outcome. */
export interface FieldChange {
  readonly field: Field;
  readonly result:
    | 'applied'
    | 'refused'
    | 'kept-foreign-value'
    | 'missing-in-huma'
    /** Huma went back from a refused value to the one that was settled. */
    | 'taken-back'
    | 'settled'
    | 'repeated'
    | 'unknown';
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly reason?: ReasonCode;
  readonly detail?: string | null;
}

/** The lane after a step, what is to be done, and what the step did to the fields. */
export interface Step<T = undefined> {
  readonly lane: Lane;
  readonly task: T;
  readonly changes: readonly FieldChange[];
}
