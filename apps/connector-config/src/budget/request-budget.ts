import { randomUUID } from 'node:crypto';
import type { Logger } from '@huma-poweroffice/platform';
import { permitClasses, PermitQueue, type PermitClass, type Waiter } from './permit-queue.js';
import type { SlotRepository, TakenSlot } from './slot-repository.js';

export interface Permit {
  readonly permitId: string;
  /** Nothing may be sent earlier than so many milliseconds after the permit came. */
  readonly notBeforeMs: number;
  /** The permit ends so many milliseconds after it was asked for. */
  readonly validForMs: number;
  /** A request counts as arrived so many milliseconds after it was sent, or when it is answered. */
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

const PERSON_WAITS_MS = 2000;
const RETRY_MS = 250;
/** When a slot looks free and is not to be had: another process is taking it, or holds it back for its person. */
const CONTENDED_MS = 10;

/**
 * The one budget of requests to PowerOffice, over all processes and connections. A permit is a slot (see
 * docs/adr/0002): no sliding second at PowerOffice ever holds more requests than there are slots, also across a restart.
 */
export class RequestBudget {
  private readonly queue = new PermitQueue<Waiting>();
  private arrivals = 0;
  private serving: Promise<void> | null = null;
  private readonly alarm = new Alarm();
  private stopped = false;

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
  acquire(permitClass: PermitClass, waitMs: number, gone?: AbortSignal): Promise<Permit | null> {
    if (this.stopped || gone?.aborted) return Promise.resolve(null);
    return new Promise((resolve) => {
      const leave = (): void => waiter.done(null);
      const waiter: Waiting = {
        permitClass,
        arrival: (this.arrivals += 1),
        since: performance.now(),
        done: (permit) => {
          clearTimeout(timer);
          gone?.removeEventListener('abort', leave);
          this.queue.remove(waiter);
          if (permit) this.observer.granted(permitClass, performance.now() - waiter.since);
          else this.observer.denied(permitClass);
          resolve(permit);
        },
      };
      const timer = setTimeout(leave, waitMs);
      gone?.addEventListener('abort', leave, { once: true });
      this.queue.add(waiter);
      // When the next slot is free is known; only a person may get one that is held back, and is told to the others.
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
    const ms = Math.max(retryAfterMs, this.settings.backOffMs);
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
    for (let first = this.queue.first(); first; first = this.queue.first()) first.done(null);
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

  private async serveAll(): Promise<void> {
    for (let first = this.queue.first(); first && !this.stopped; first = this.queue.first()) {
      this.alarm.set();
      try {
        await this.alarm.within(await this.grantTo(first));
      } catch (error) {
        this.logger.warn({ err: error }, 'no permit could be granted, trying again');
        await this.alarm.within(RETRY_MS);
      }
    }
  }

  /** @returns how long to wait before the next try; 0 when permits were granted */
  private async grantTo(first: Waiting): Promise<number> {
    const forPerson = first.permitClass === 'person';
    const { validityMs, arrivalMs, aheadMs, requestsPerSecond } = this.settings;
    const people = this.queue.waitingOf('person');
    const wanted = Math.min(forPerson ? people : this.queue.size, requestsPerSecond);
    // Validity counts from before the slot was taken: a slow answer of the database shortens it, never lengthens.
    const asked = performance.now();
    const { taken, retryInMs } = await this.slots.take(
      Array.from({ length: wanted }, () => randomUUID()),
      { writtenOffMs: validityMs + aheadMs + arrivalMs + 1000, aheadMs, forPerson },
    );
    if (taken.length === 0) {
      if (forPerson) await this.slots.personWaits(PERSON_WAITS_MS);
      return retryInMs <= 0 ? CONTENDED_MS : Math.min(retryInMs, RETRY_MS);
    }
    await this.handOut(taken, asked + validityMs);
    if (forPerson && this.queue.waitingOf('person') === 0) await this.slots.nobodyWaits();
    return 0;
  }

  /** To the best who wait now: somebody better may have come, or some gone, while the slots were taken. */
  private async handOut(taken: readonly TakenSlot[], until: number): Promise<void> {
    const left = taken.filter(({ permitId, notBeforeMs }) => {
      const served = this.queue.first();
      const validForMs = Math.floor(until - (served?.since ?? 0)) + notBeforeMs;
      served?.done({ permitId, notBeforeMs, validForMs, arrivalMs: this.settings.arrivalMs });
      return served === undefined;
    });
    if (left.length > 0) await this.slots.unused(left.map(({ permitId }) => permitId));
  }
}

/** Ends a wait early; a ring between `set` and `within` is not lost. */
class Alarm {
  private rung = false;
  private wake: () => void = () => undefined;

  set(): void {
    this.rung = false;
  }
  ring(): void {
    this.rung = true;
    this.wake();
  }
  async within(ms: number): Promise<void> {
    if (ms <= 0 || this.rung) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
  }
}
