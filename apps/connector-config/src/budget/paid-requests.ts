import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from '@huma-poweroffice/poweroffice';
import type { Permit } from './request-budget.js';
import type { Customer, PermitClass } from './permit-queue.js';

/** The part of the budget that pays for requests. */
export interface Budget {
  acquire(permitClass: PermitClass, waitMs: number, customer?: Customer): Promise<Permit | null>;
  report(permitId: string, used: boolean, agoMs?: number): Promise<void>;
  rateLimited(retryAfterMs: number): Promise<void>;
}

export interface PaidRequestSettings {
  /** How long to wait for a permit. */
  readonly permitWaitMs: number;
}

/** The failure of an answer that has one. */
const failureOf = (answer: object): Failure | null =>
  'failure' in answer ? (answer as { failure: Failure }).failure : null;

/** Nobody may send, or nothing could be sent in time. */
export const noPermit = { outcome: 'failed', failure: { kind: 'unavailable', code: 'rate-limited' } } as const;

/** A timer may be a little early. */
const until = async (moment: number): Promise<void> => {
  for (let left = moment - performance.now(); left > 0; left = moment - performance.now()) await sleep(Math.ceil(left));
};

/** The class in which a request waits, and the customer it is made for. */
export interface Turn {
  readonly permitClass: PermitClass;
  readonly customer: Customer;
}

/** Sends requests to PowerOffice, each paid for by a permit of its own. */
export class PaidRequests {
  constructor(
    private readonly budget: Budget,
    private readonly settings: PaidRequestSettings,
  ) {}

  /** @param request makes exactly one request, and asks `beforeSend` directly before it leaves */
  async send<T extends object>(
    { permitClass, customer }: Turn,
    request: (beforeSend: () => boolean) => Promise<T>,
  ): Promise<T | typeof noPermit> {
    const asked = performance.now();
    const permit = await this.budget.acquire(permitClass, this.settings.permitWaitMs, customer);
    if (!permit) return noPermit;
    await until(performance.now() + permit.notBeforeMs);
    const endsAt = asked + permit.validForMs;
    let sentAt: number | null = null;
    let answer: T;
    try {
      answer = await request(() => {
        const now = performance.now();
        if (now >= endsAt) return false;
        sentAt = now;
        return true;
      });
    } finally {
      await this.report(permit, sentAt);
    }
    const failure = failureOf(answer);
    if (failure?.code === 'rate-limited') await this.budget.rateLimited(failure.retryAfterMs ?? 0);
    return answer;
  }

  /** The request counts as arrived at its answer, which is now, or a little after its sending, whichever was first. */
  private async report({ permitId, arrivalMs }: Permit, sentAt: number | null): Promise<void> {
    if (sentAt === null) return this.budget.report(permitId, false);
    const ago = performance.now() - sentAt - arrivalMs;
    return this.budget.report(permitId, true, Math.max(0, Math.floor(ago)));
  }
}
