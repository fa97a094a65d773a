/** So many requests of one connection, or of all of them, must have failed in a row before an answer ends an outage. */
const FAILURES_OF_ONE = 5;
const FAILURES_OF_ALL = 20;
/** Connections that are remembered; a connection that is forgotten counts from the start. */
const MOST_REMEMBERED = 10_000;

/** Everybody is tried at once no more often than this, because PowerOffice may answer only now and then. */
const NOT_AGAIN_WITHIN_MS = 60_000;

/** For whom PowerOffice is back: a connection whose requests had failed, everybody, or nobody in particular. */
export type BackFor = 'connection' | 'everybody' | null;

/**
 * Notices the end of an outage, so that people do not wait out the long pauses that it has caused. One person whose requests
 * fail beside others' that succeed is no outage.
 */
export class Outages {
  private readonly ofConnection = new Map<string, number>();
  private ofAll = 0;
  private lastForAll = -Infinity;

  /** @param now the local monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @param answered PowerOffice itself answered; false: the request failed on the way, or nobody knows what became of it */
  observe(connectionId: string, answered: boolean): BackFor {
    const failures = this.ofConnection.get(connectionId) ?? 0;
    if (!answered) {
      this.ofAll += 1;
      this.ofConnection.delete(connectionId);
      this.ofConnection.set(connectionId, failures + 1);
      const [oldest] = this.ofConnection.keys();
      if (this.ofConnection.size > MOST_REMEMBERED && oldest !== undefined) this.ofConnection.delete(oldest);
      return null;
    }
    const isForAll = this.ofAll >= FAILURES_OF_ALL && this.now() - this.lastForAll >= NOT_AGAIN_WITHIN_MS;
    if (isForAll) this.lastForAll = this.now();
    this.ofAll = 0;
    this.ofConnection.delete(connectionId);
    return isForAll ? 'everybody' : failures >= FAILURES_OF_ONE ? 'connection' : null;
  }
}
