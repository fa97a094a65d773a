import type { Lane } from '@huma-poweroffice/sync-rules';

const TRIES = 3;
const PAUSE_MS = 60_000;

/**
 * A lane for which nothing could be decided, by a mistake of ours: tried a few times, then parked with the reason, until
 * something changes or somebody asks. What is unsettled is tried without end.
 */
export const afterMistake = (lane: Lane, now: number): Lane => {
  const count = (lane.retry?.count ?? 0) + 1;
  if (lane.attempt || count < TRIES) return { ...lane, due: true, retry: { count, notBefore: now + PAUSE_MS } };
  return { ...lane, due: false, asked: null, retry: null, blocked: { reason: 'internal-error', detail: null } };
};
