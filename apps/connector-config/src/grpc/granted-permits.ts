/** A caller that cancels reports this at once, so a reference that is older than this is not needed any more. */
const REMEMBERED_MS = 10_000;

/**
 * Permits that were sent to their callers recently, by the reference that the caller chose. A caller that cancels its
 * call while the answer is on its way gives the permit back by this reference. Otherwise the slot would be lost until
 * it is written off. The memory of this process suffices, because the report uses the same connection as the call.
 */
export class GrantedPermits {
  private readonly sent = new Map<string, { readonly permitId: string; readonly until: number }>();

  /** @param now a monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @param reference empty if the caller chose none; then nothing is remembered */
  remember(reference: string, permitId: string): void {
    const now = this.now();
    for (const [old, { until }] of this.sent) {
      if (until > now) break;
      this.sent.delete(old);
    }
    if (reference !== '') this.sent.set(reference, { permitId, until: now + REMEMBERED_MS });
  }

  /** @returns the permit of that reference, at most once; null if none was sent */
  take(reference: string): string | null {
    const found = this.sent.get(reference);
    this.sent.delete(reference);
    return found?.permitId ?? null;
  }
}
