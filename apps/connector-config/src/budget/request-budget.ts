import { randomUUID } from 'node:crypto';
import type { Logger } from '@huma-poweroffice/platform';
import { PermitQueue, type PermitClass, type Waiter } from './permit-queue.js';
import type { SlotRepository } from './slot-repository.js';

export interface Permit {
  readonly permitId: string;
  /** The permit ends so many milliseconds after it was asked for. */
  readonly validForMs: number;
}

export interface BudgetSettings {
  readonly requestsPerSecond: number;
  /** How long a permit may wait for its sending. */
  readonly validityMs: number;
  /** A request counts as arrived at the latest so long after its sending. */
  readonly arrivalMs: number;
  /** How long nobody sends after a 429 that did not say. */
  readonly backOffMs: number;
}

export const defaultBudget: BudgetSettings = {
  requestsPerSecond: 10,
  validityMs: 2000,
  arrivalMs: 50,
  backOffMs: 1000,
};

interface Waiting extends Waiter {
  readonly since: number;
  readonly done: (permit: Permit | null) => void;
}

const PERSON_WAITS_MS = 2000;
const RETRY_MS = 250;

/**
 * The one budget of requests to PowerOffice, over all processes and connections. A permit is a slot (see
 * docs/adr/0002): no sliding second at PowerOffice ever holds more requests than there are slots, also across a restart.
 */
export class RequestBudget {
  private readonly queue = new PermitQueue<Waiting>();
  private arrivals = 0;
  private serving: Promise<void> | null = null;
  private wakeUp: () => void = () => undefined;
  private stopped = false;

  constructor(
    private readonly slots: SlotRepository,
    private readonly settings: BudgetSettings,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    await this.slots.prepare(this.settings.requestsPerSecond);
  }

  /** A permit for one request; null when none came within `waitMs`. Every permit is to be reported. */
  acquire(permitClass: PermitClass, waitMs: number): Promise<Permit | null> {
    return new Promise((resolve) => {
      const waiter: Waiting = {
        permitClass,
        arrival: (this.arrivals += 1),
        since: performance.now(),
        done: (permit) => {
          clearTimeout(timer);
          this.queue.remove(waiter);
          resolve(permit);
        },
      };
      const timer = setTimeout(() => {
        waiter.done(null);
      }, waitMs);
      this.queue.add(waiter);
      this.wakeUp();
      this.serving ??= this.serve().finally(() => {
        this.serving = null;
      });
    });
  }

  /** The request was sent and has arrived by now, or the permit is given back unused. */
  async report(permitId: string, used: boolean): Promise<void> {
    await (used ? this.slots.used(permitId) : this.slots.unused(permitId));
    this.wakeUp();
  }

  /** PowerOffice answered 429: nobody sends for a while. */
  async rateLimited(retryAfterMs: number): Promise<void> {
    const ms = Math.max(retryAfterMs, this.settings.backOffMs);
    this.logger.warn({ ms }, 'PowerOffice limits our requests; nobody sends for a while');
    await this.slots.closeFor(ms);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (let first = this.queue.first(); first; first = this.queue.first()) first.done(null);
    this.wakeUp();
    await this.serving;
  }

  private async serve(): Promise<void> {
    for (let first = this.queue.first(); first && !this.stopped; first = this.queue.first()) {
      try {
        await this.pause(await this.grantTo(first));
      } catch (error) {
        this.logger.warn({ err: error }, 'no permit could be granted, trying again');
        await this.pause(RETRY_MS);
      }
    }
  }

  /** @returns how long to wait before the next try; 0 when a permit was granted */
  private async grantTo(waiter: Waiting): Promise<number> {
    const person = waiter.permitClass === 'person';
    const { validityMs, arrivalMs } = this.settings;
    const permitId = randomUUID();
    const waitMs = await this.slots.take(permitId, validityMs + arrivalMs + 1000, person);
    if (waitMs !== null) {
      if (person) await this.slots.personWaits(PERSON_WAITS_MS);
      // Another process may hold a free slot back for its person: then the next look is soon.
      return Math.max(1, Math.min(waitMs <= 0 ? 20 : waitMs, RETRY_MS));
    }
    // Somebody better may have come, or this one gone, while the slot was taken.
    const served = this.queue.first();
    if (!served) {
      await this.slots.unused(permitId);
      return 0;
    }
    served.done({ permitId, validForMs: Math.round(performance.now() - served.since) + validityMs });
    if (served.permitClass === 'person' && this.queue.first()?.permitClass !== 'person') await this.slots.nobodyWaits();
    return 0;
  }

  private async pause(ms: number): Promise<void> {
    if (ms <= 0 || this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = () => undefined;
  }
}
