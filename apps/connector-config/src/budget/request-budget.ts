import type { Logger } from '@huma-poweroffice/platform';
import { Alarm } from '../alarm.js';
import { permitClasses, PermitQueue, type Customer, type PermitClass, type Waiter } from './permit-queue.js';
import type { Demand, SlotRepository, TakenSlot } from './slot-repository.js';

export interface Permit {
  readonly permitId: string;
  /** The delay between receiving the permit and the earliest moment to send, in milliseconds. */
  readonly notBeforeMs: number;
  /** How long the permit is valid, counted from when it was asked for, in milliseconds. */
  readonly validForMs: number;
  /** How long after sending a request counts as arrived unless it is answered earlier, in milliseconds. */
  readonly arrivalMs: number;
}

export interface BudgetSettings {
  readonly requestsPerSecond: number;
  /** How long a permit may wait for its sending. */
  readonly validityMs: number;
  /** A request counts as arrived at the latest so long after its sending. */
  readonly arrivalMs: number;
  /** How long nobody sends after a 429 that did not say. */
  readonly backOffMs: number;
  /** How long before its slot is free a permit may be given, so that it is there when the slot is. */
  readonly aheadMs: number;
}

export const defaultBudget: BudgetSettings = {
  requestsPerSecond: 10,
  validityMs: 2000,
  arrivalMs: 50,
  backOffMs: 1000,
  aheadMs: 25,
};

/** What is counted; names and labels are the metrics' own affair. */
export interface BudgetObserver {
  granted(permitClass: PermitClass, waitedMs: number): void;
  denied(permitClass: PermitClass): void;
  rateLimited(): void;
}

interface Waiting extends Waiter {
  readonly since: number;
  readonly done: (permit: Permit | null) => void;
}

/** How long an announcement to the other processes lasts, and how often it is renewed. */
const ANNOUNCED_MS = 2000;
const ANNOUNCE_EVERY_MS = 1000;
/** The longest wait between two tries, so that a slot that another process gives back is noticed soon. */
const RETRY_MS = 100;
/** The wait while a slot is free but not available: another process is taking it, or it is reserved for a person. */
const CONTENDED_MS = 10;
/** The limit for PowerOffice's Retry-After, because a mistake in it must not stop every customer for days. */
export const LONGEST_STOP_MS = 3_600_000;
/** The customer of a request whose caller names none. */
const NOBODY: Customer = { organizationId: '', connectionId: '' };

/**
 * The one budget of requests to PowerOffice, over all processes and connections. A permit is a slot (see
 * docs/adr/0002): no sliding second at PowerOffice ever holds more requests than there are slots, also across a
 * restart.
 */
export class RequestBudget {
  private readonly queue = new PermitQueue<Waiting>();
  private arrivals = 0;
  private serving: Promise<void> | null = null;
  private readonly alarm = new Alarm();
  private stopped = false;
  /** The last announcement to the other processes. */
  private announced = { people: false, others: false, at: -Infinity };

  constructor(
    private readonly slots: SlotRepository,
    private readonly settings: BudgetSettings,
    private readonly logger: Logger,
    private readonly observer: BudgetObserver,
  ) {}

  async start(): Promise<void> {
    await this.slots.prepare(this.settings.requestsPerSecond);
  }

  /**
   * A permit for one request; null when none came within `waitMs`, or the caller is gone. Every permit is to be
   * reported.
   */
  acquire(
    permitClass: PermitClass,
    waitMs: number,
    customer: Customer = NOBODY,
    gone?: AbortSignal,
  ): Promise<Permit | null> {
    if (this.stopped || gone?.aborted) return Promise.resolve(null);
    return new Promise((resolve) => {
      const leave = (): void => waiter.done(null);
      const waiter: Waiting = {
        ...customer,
        permitClass,
        arrival: (this.arrivals += 1),
        since: performance.now(),
        done: (permit) => {
          clearTimeout(timer);
          gone?.removeEventListener('abort', leave);
          if (permit) {
            this.queue.serve(waiter);
            this.observer.granted(permitClass, performance.now() - waiter.since);
          } else {
            this.queue.remove(waiter);
            this.observer.denied(permitClass);
          }
          resolve(permit);
        },
      };
      const timer = setTimeout(leave, waitMs);
      gone?.addEventListener('abort', leave, { once: true });
      this.queue.add(waiter);
      // The others already wait for the next free slot. A person may be able to take a slot that is reserved for people.
      if (permitClass === 'person') this.alarm.ring();
      this.serve();
    });
  }

  /** The request was sent and counted as arrived `agoMs` ago, or the permit is given back unused. */
  async report(permitId: string, used: boolean, agoMs = 0): Promise<void> {
    if (used) return this.slots.used(permitId, agoMs);
    await this.slots.unused([permitId]);
    this.alarm.ring();
  }

  /** PowerOffice answered 429: nobody sends for a while. */
  async rateLimited(retryAfterMs: number): Promise<void> {
    const ms = Math.min(Math.max(retryAfterMs, this.settings.backOffMs), LONGEST_STOP_MS);
    this.logger.warn({ ms }, 'PowerOffice limits our requests; nobody sends for a while');
    this.observer.rateLimited();
    await this.slots.stopFor(ms);
  }

  waiting(): Readonly<Record<PermitClass, number>> {
    const entries = permitClasses.map((c) => [c, this.queue.waitingOf(c)] as const);
    return Object.fromEntries(entries) as Record<PermitClass, number>;
  }
  /** Slots that are not free now, of `requestsPerSecond`. */
  inUse(): Promise<number> {
    return this.slots.inUse();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (let first = this.first(); first; first = this.first()) first.done(null);
    this.alarm.ring();
    await this.serving;
  }

  private serve(): void {
    this.serving ??= this.serveAll().finally(() => {
      this.serving = null;
      // Somebody may have come after the last look.
      if (this.queue.size > 0 && !this.stopped) this.serve();
    });
  }

  private first(): Waiting | undefined {
    return this.queue.firstPerson() ?? this.queue.firstOther();
  }

  private async serveAll(): Promise<void> {
    while (this.queue.size > 0 && !this.stopped) {
      this.alarm.set();
      try {
        await this.alarm.within(await this.grant());
      } catch (error) {
        this.logger.warn({ err: error }, 'no permit could be granted, trying again');
        await this.alarm.within(RETRY_MS);
      }
    }
    await this.announce().catch((error: unknown) => {
      this.logger.warn({ err: error }, 'the other processes could not be told that nobody waits here');
    });
  }

  /** @returns how long to wait before the next try; 0 when permits were granted */
  private async grant(): Promise<number> {
    const { validityMs, arrivalMs, aheadMs, requestsPerSecond } = this.settings;
    const wanted = {
      people: Math.min(this.queue.people, requestsPerSecond),
      others: Math.min(this.queue.others, requestsPerSecond),
    };
    // Validity counts from before the slot was taken: a slow answer of the database shortens it, never lengthens.
    const asked = performance.now();
    const writtenOffMs = validityMs + aheadMs + arrivalMs + 1000;
    const { taken, retryInMs } = await this.slots.take(wanted, { writtenOffMs, aheadMs });
    await this.handOut(taken, asked + validityMs);
    if (taken.length > 0) return 0;
    await this.announce();
    return retryInMs <= 0 ? CONTENDED_MS : Math.min(retryInMs, RETRY_MS);
  }

  /**
   * Gives the slots to the best waiters of this moment, because the queue may have changed while the slots were taken.
   * A slot from the share of people goes to others only if no person waits any more.
   */
  private async handOut(taken: readonly TakenSlot[], until: number): Promise<void> {
    const left = taken.filter(({ permitId, notBeforeMs, forPerson }) => {
      const served = forPerson ? this.first() : this.queue.firstOther();
      const validForMs = Math.floor(until - (served?.since ?? 0)) + notBeforeMs;
      served?.done({ permitId, notBeforeMs, validForMs, arrivalMs: this.settings.arrivalMs });
      return served === undefined;
    });
    if (left.length > 0) await this.slots.unused(left.map(({ permitId }) => permitId));
  }

  /** Announces to the other processes whether people or others wait here, if that changed or is about to expire. */
  private async announce(): Promise<void> {
    const demand: Demand = { people: this.queue.people, others: this.queue.others };
    const [people, others] = [demand.people > 0, demand.others > 0];
    const now = performance.now();
    const known = this.announced.people === people && this.announced.others === others;
    const nobody = !people && !others;
    if (known && (nobody || now - this.announced.at < ANNOUNCE_EVERY_MS)) return;
    this.announced = { people, others, at: now };
    await (nobody ? this.slots.withdraw() : this.slots.announce(demand, ANNOUNCED_MS));
  }
}
