import type { Int64 } from '@huma-poweroffice/poweroffice';
import type { HumaValues, ShownValues, Situation } from '@huma-poweroffice/sync-rules';
import type { Evidence } from './evidence.js';
import type { ProvenItem } from './gate.js';
import type { ItemKind, Planned } from './proof.js';
import type { RunState } from './run-states.js';

/** How far a collect has come; what is before `collected` is still to be read or matched. */
export type Stage = 'huma' | 'employees' | 'accounts' | 'matching' | 'collected';

/** Something that an administrator should know of the run as a whole; never a personal value. */
export interface RunProblem {
  readonly code:
    | 'employee-unreadable'
    | 'bank-accounts-not-permitted'
    | 'too-many-problems'
    | 'strikingly-few-people'
    | 'strikingly-few-employees';
  /** Of a list that is strikingly short: how many it named, and how many the run before this one was answered. */
  readonly found?: number;
  readonly before?: number;
  readonly employeeId?: Int64 | null;
  /** PowerOffice's name of the member that could not be read. */
  readonly field?: string;
}

export interface Run {
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
  readonly clientId: string;
  readonly state: RunState;
  readonly stage: Stage;
  readonly begunAt: Date;
  readonly begunBy: string;
  /** A stable code of what holds the run up just now. */
  readonly waitsFor: string | null;
  readonly peopleAsOf: Date | null;
  readonly collectedAt: Date | null;
  readonly counts: { readonly [S in Situation]?: number };
  readonly problems: readonly RunProblem[];
  readonly planId: string | null;
  readonly planHash: string | null;
  readonly planned: number;
  readonly executingAt: Date | null;
  readonly done: number;
  readonly givenBack: number;
  readonly settledAt: Date | null;
  readonly finishedAt: Date | null;
  readonly failure: string | null;
}

/** A run that this process may work on for now. */
export interface LeasedRun {
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
  readonly clientId: string;
  readonly leasedBy: string;
  /** Why the try before this one was put off, and how many like it there were in a row. */
  readonly waitedFor: string | null;
  readonly failures: number;
}

/** What an item may do when the run is executed; more kinds come with values and with creating. */
export const plannedKinds = ['none', 'link'] as const satisfies readonly ('none' | ItemKind)[];
export type PlannedKind = (typeof plannedKinds)[number];

/** What became of an item. `changed-since-review` goes back to the administrator; `busy`: try again. */
export const itemStates = ['nothing-planned', 'pending', 'linked', 'changed-since-review', 'busy'] as const;
export type ItemState = (typeof itemStates)[number];

/** One person, one employee, or both, as a run found them. */
export interface RunItem {
  readonly no: number;
  readonly userId: string | null;
  readonly employeeId: Int64 | null;
  readonly situation: Situation;
  readonly evidence: Evidence;
  readonly planned: Planned;
  /** What a person must tick by hand is not ticked until then. */
  readonly ticked: boolean;
}

export interface CollectedPerson {
  readonly userId: string;
  readonly version: number;
  readonly name: string;
  readonly email: string | null;
  readonly values: HumaValues;
}

/** What PowerOffice shows of an employee, apart from the salary account's number, which is in another list. */
export interface EmployeeValues {
  readonly shown: ShownValues;
  readonly accountId: Int64 | null;
}

export interface CollectedEmployee {
  readonly employeeId: Int64;
  readonly name: string;
  readonly email: string | null;
  readonly reference: string | null;
  readonly archived: boolean;
  /** Null: the entry could not be read. */
  readonly values: EmployeeValues | null;
}

/** A link that is to be recorded, with the evidence of the review and the values that both sides show. */
export interface PlannedLink extends ProvenItem<'link'> {
  readonly no: number;
  readonly tries: number;
  /** Huma's values of the version that the run collected. */
  readonly values: HumaValues;
  /** What PowerOffice shows, as it was collected or read again since. */
  readonly shown: ShownValues;
  readonly accountId: Int64 | null;
}
