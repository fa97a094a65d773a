import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector, Permit } from './connector.js';

/** One permit on its way through one request: checked before the first byte, reported as soon as the arrival is certain. */
export class PermitUse {
  private sentAt: number | null = null;
  private reported = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly connector: Connector,
    private readonly permit: Permit,
    private readonly sendBefore: number,
  ) {}

  /** A permit is given a little before its slot is free: waits for the rest of it. */
  async ready(): Promise<void> {
    // A timer may be a little early itself.
    for (;;) {
      const early = this.permit.notBefore - performance.now();
      if (early <= 0) return;
      await sleep(Math.ceil(early));
    }
  }

  /** The last look directly before the first byte leaves. @returns false: too late, nothing may be sent */
  begin(): boolean {
    const now = performance.now();
    if (now < this.permit.notBefore || now > Math.min(this.sendBefore, this.permit.validUntil)) return false;
    this.sentAt = now;
    this.timer = setTimeout(() => {
      this.report();
    }, this.permit.arrivalMs);
    return true;
  }

  /** The request is over, however. */
  end(): void {
    clearTimeout(this.timer);
    this.report();
  }

  private report(): void {
    if (this.reported) return;
    this.reported = true;
    const { sentAt } = this;
    const arrivedMsAgo = sentAt === null ? null : Math.max(0, performance.now() - sentAt - this.permit.arrivalMs);
    this.connector.reportPermit(this.permit, arrivedMsAgo);
  }
}
