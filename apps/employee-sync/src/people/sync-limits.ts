import { ProblemError } from '@huma-poweroffice/platform';

/** People who wait for "sync now" in one connection, in this process. */
const MOST_PER_CONNECTION = 2;
const RETRY_SECONDS = 5;

/** Keeps "sync now", which comes before all other work, from being asked in a loop. */
export class SyncLimits {
  private readonly asked = new Set<string>();
  private readonly waiting = new Map<string, number>();

  /**
   * Runs the work unless the same person asks for the same user already, or too many wait in the connection.
   * @throws ProblemError 429
   */
  async within<T>(connectionId: string, userId: string, by: string, work: () => Promise<T>): Promise<T> {
    const key = `${by} ${connectionId} ${userId}`;
    const others = this.waiting.get(connectionId) ?? 0;
    if (this.asked.has(key) || others >= MOST_PER_CONNECTION)
      throw new ProblemError(429, 'too-many-syncs', 'Others wait for “sync now” in this connection already.', {
        retryAfterSeconds: RETRY_SECONDS,
      });
    this.asked.add(key);
    this.waiting.set(connectionId, others + 1);
    try {
      return await work();
    } finally {
      this.asked.delete(key);
      const left = (this.waiting.get(connectionId) ?? 1) - 1;
      if (left > 0) this.waiting.set(connectionId, left);
      else this.waiting.delete(connectionId);
    }
  }
}
