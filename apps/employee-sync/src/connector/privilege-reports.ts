import type { Connector } from './connector.js';

/** A connection is reported at most once in this time; the connector keeps a report for two days. */
const AT_MOST_EVERY_MS = 5 * 60_000;
/** Connections that are remembered; the oldest are forgotten, and then reported again. */
const MOST_REMEMBERED = 10_000;

/** Reports that something waits for a privilege of a connection, however many lanes say so. */
export class PrivilegeReports {
  private readonly reportedAt = new Map<string, number>();

  /** @param now the local monotonic clock, in milliseconds */
  constructor(
    private readonly connector: Pick<Connector, 'reportWaitingForPrivilege'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  report(connectionId: string): void {
    const now = this.now();
    const before = this.reportedAt.get(connectionId);
    if (before !== undefined && now - before < AT_MOST_EVERY_MS) return;
    this.reportedAt.delete(connectionId);
    this.reportedAt.set(connectionId, now);
    if (this.reportedAt.size > MOST_REMEMBERED) this.forgetOldest();
    this.connector.reportWaitingForPrivilege(connectionId);
  }

  private forgetOldest(): void {
    for (const oldest of this.reportedAt.keys()) {
      this.reportedAt.delete(oldest);
      return;
    }
  }
}
