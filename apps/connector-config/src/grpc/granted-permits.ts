/** A caller that cancels says so at once; who says nothing for so long has its permit. */
const REMEMBERED_MS = 10_000;

/**
 * Permits that were sent to their callers a moment ago, by the callers' references. A caller that cancels its call while
 * the answer is on its way gives the permit back by the reference; otherwise the slot would be lost until it is written
 * off. Kept in this process only: the report comes over the connection of the call.
 */
export class GrantedPermits {
  private readonly sent = new Map<string, { readonly permitId: string; readonly until: number }>();

  /** @param now a monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @param reference empty where the caller gave none: nothing is remembered */
  remember(reference: string, permitId: string): void {
    const now = this.now();
    for (const [old, { until }] of this.sent) {
      if (until > now) break;
      this.sent.delete(old);
    }
    if (reference !== '') this.sent.set(reference, { permitId, until: now + REMEMBERED_MS });
  }

  /** @returns the permit of that reference, once; null when none was sent */
  take(reference: string): string | null {
    const found = this.sent.get(reference);
    this.sent.delete(reference);
    return found?.permitId ?? null;
  }
}
