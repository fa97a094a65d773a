import { backOff, expire, reasons, SEVERAL, withLooks, type Lane } from '@huma-poweroffice/sync-rules';

/**
 * The lane after a mistake of ours kept its next step from being decided: tried again after a pause that grows, and
 * blocked with the reason after several times. What is unsettled is tried without end. It is never due before the pause
 * is over, because the same mistake would follow at once.
 */
export const afterMistake = (before: Lane, now: number, jitter: number): Lane => {
  const lane = expire(before, now);
  const retry = backOff(lane, { now, jitter }, 'internal-error');
  if (lane.attempt || retry.count < SEVERAL) return { ...lane, due: true, retry };
  const blocked = { reason: 'internal-error', detail: null, waitsFor: reasons['internal-error'].waitsFor } as const;
  return withLooks({ ...lane, due: false, asked: null, retry: null, looks: null, blocked }, { now, jitter });
};
