import {
  isWaitingUnsettled,
  lockReason,
  sameValue,
  type HumaValues,
  type Lane,
  type DecisionContext,
} from '@huma-poweroffice/sync-rules';
import type { PlannedLink } from './run.js';

/** What is to be done with a reviewed link now that both sides were read again. */
export type Verdict =
  | { readonly kind: 'link' | 'linked-already' | 'busy' }
  | { readonly kind: 'changed-since-review'; readonly reason: string };

const changed = (reason: string): Verdict => ({ kind: 'changed-since-review', reason });

/**
 * Whether the person is still as the review saw them. A lane with an attempt is not settled: it waits.
 * @param holder who the employee is linked to now, if anybody
 */
export const recheck = (
  lane: Lane,
  world: Pick<DecisionContext, 'person' | 'inScope' | 'connection'>,
  planned: Pick<PlannedLink, 'userId' | 'employeeId'>,
  holder: string | null,
): Verdict => {
  const { link } = lane;
  // An employee of whom PowerOffice says that there is none, and whom the review did not find either, is no link.
  const isGone = lane.blocked?.reason === 'employee-gone';
  if (link?.clientId === world.connection.clientId && !isGone)
    return link.employeeId === planned.employeeId ? { kind: 'linked-already' } : changed('linked-to-another-employee');
  if (holder !== null && holder !== planned.userId) return changed('employee-linked-to-somebody-else');
  const locked = lockReason(world);
  if (locked !== null) return changed(locked);
  return { kind: lane.attempt && !isWaitingUnsettled(lane) ? 'busy' : 'link' };
};

/** Whether Huma says something else than when the run collected. */
export const hasMovedOn = (collected: HumaValues, now: HumaValues): boolean =>
  Object.entries(now).some(([field, value]) => !sameValue(collected[field as keyof HumaValues], value));
