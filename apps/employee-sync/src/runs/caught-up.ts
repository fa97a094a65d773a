import { RunSetback } from './setback.js';

/** A read model that needs longer (ms) is not waited for in place: the run is put off. */
const CAUGHT_UP_WITHIN_MS = 30_000;

/**
 * Waits until the read model holds everything that Huma published before the call.
 * @throws RunSetback when that takes too long
 */
export const waitUntilCaughtUp = async (
  caughtUp: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(CAUGHT_UP_WITHIN_MS)]);
  await caughtUp(patience).catch((error: unknown) => {
    throw new RunSetback('unavailable', 'huma-not-caught-up', 0, error);
  });
};
