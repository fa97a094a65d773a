import type { Attempt, NextRequest } from '@huma-poweroffice/sync-rules';

/** What is to be done for a lane now, at once: claimed, its intent written, its fence in hand. */
export interface Errand {
  readonly connectionId: string;
  readonly organizationId: string;
  readonly userId: string;
  readonly task: NextRequest;
  readonly attempt: Attempt;
  /** Every value of the person's that is sent or was shown: none of them may leave in a text of PowerOffice's. */
  readonly personalValues: readonly string[];
  /** The attempt's id, or that of its read-back. */
  readonly fence: string;
  /** Local monotonic clock; after it nothing may be sent any more. Taken before the claim began. */
  readonly sendBefore: number;
  /** Until when an answer may still be recorded, by the same clock. */
  readonly recordBefore: number;
  readonly trace: string | null;
  /** How long it waited to be claimed, in milliseconds. */
  readonly waitedMs: number;
}
