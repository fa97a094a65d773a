import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `look` until it neither throws nor rejects, and answers what it answered. When the deadline (milliseconds) has
 * passed, the last error is thrown as it is, so that a failed expectation shows its own difference.
 */
export const eventually = async <T>(look: () => T | Promise<T>, deadlineMs = 10_000): Promise<T> => {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
      await sleep(25);
    }
  }
};
