import type { Database, Logger } from '@huma-poweroffice/platform';
import { permitClasses, type Connector, type Permit, type PowerOfficeToken } from '../connector/connector.js';
import type { Tokens } from '../connector/tokens.js';
import { LOOK } from '../lanes/lane-codec.js';
import type { LookPlace, LooksShare } from '../lanes/looks-share.js';
import type { Demand, TurnRepository } from '../lanes/turn-repository.js';
import type { Claim, Claimer } from './claimer.js';
import type { Errand } from './errand.js';
import { Looker } from './looker.js';

/** A connection with something to do for which there is a token. */
interface Ready {
  readonly demand: Demand;
  readonly token: PowerOfficeToken;
}

/** What there is to do, and when to look again if nobody says that something came. */
interface View {
  readonly ready: readonly Ready[];
  readonly sleepMs: number;
}

export interface DispatcherWork {
  /** Does an errand; never rejects. */
  readonly perform: (errand: Errand, token: PowerOfficeToken, permit: Permit) => Promise<void>;
  readonly refreshEmployees: (connectionId: string) => void;
}

/** Errands under way in this process at the most: enough for ten requests a second that all hang until they time out. */
const MOST_UNDER_WAY = 200;
const PERMIT_WAIT_MS = 10_000;
/** The safety net behind notifications and plans. */
const LONGEST_SLEEP_MS = 2 * 60_000;
/** Somebody has work, and no token: tokens are asked for again when they are wanted. */
const NO_TOKEN_MS = 2000;
/** While a permit is waited for, notifications that something came are looked into at most this often. */
const BETTER_EVERY_MS = 50;
const FAILURE_PAUSE_MS = 500;
/** Of a connection that others hold just now, or lanes of it, until it is looked at again. */
const HELD_MS = 50;
/** Of a connection whose claim failed, until it is tried again. */
const REST_MS = 1000;
const TIDY_EVERY_MS = 60_000;
/** After a permit for which nothing was found. */
const UNUSED_MS = 25;

/**
 * The one scheduler of a process: with a permit in hand it claims the best lane there is, and hands the errand on. Who
 * waits for a permit asks for one as good as the best lane that waits.
 */
export class Dispatcher {
  private stopped = false;
  /** How often something may have come, and how much of that the present turn has looked at. */
  private arrivals = 0;
  private seen = 0;
  private wakeUp: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();
  private readonly resting = new Map<string, number>();
  private readonly looker = new Looker(() => this.find());
  private isComparing = false;
  private tidiedAt = -Infinity;
  private readonly underWay = new Set<Promise<void>>();
  private asking: { readonly permitClass: number; readonly abort: AbortController } | null = null;

  constructor(
    private readonly database: Database,
    private readonly turns: TurnRepository,
    private readonly share: LooksShare,
    private readonly claimer: Claimer,
    private readonly connector: {
      readonly permits: Pick<Connector, 'acquirePermit' | 'reportPermit'>;
      readonly tokens: Tokens;
    },
    private readonly options: { readonly work: DispatcherWork; readonly logger: Logger },
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Something may be there to do. */
  wake(): void {
    this.arrivals += 1;
    this.wakeUp();
    if (this.asking && this.asking.permitClass > 0) void this.askBetter();
  }

  /** Claims nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.asking?.abort.abort();
    this.wakeUp();
    await this.running;
    await Promise.all(this.underWay);
  }

  get errandsUnderWay(): number {
    return this.underWay.size;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.turn();
      } catch (error) {
        this.options.logger.warn({ err: error }, 'the dispatcher failed, trying again');
        await this.sleep(FAILURE_PAUSE_MS);
      }
    }
  }

  private async turn(): Promise<void> {
    this.seen = this.arrivals;
    const { ready, sleepMs } = await this.looker.look();
    const [best] = ready;
    const isFull = this.underWay.size >= MOST_UNDER_WAY;
    if (!best || isFull) {
      // The end of each errand wakes.
      await this.sleep(isFull ? LONGEST_SLEEP_MS : sleepMs);
      return;
    }
    const permit = await this.acquire(best.demand.class, best.demand.connectionId);
    if (!permit) return;
    let used = false;
    try {
      // Others may have come, or gone, while the permit was waited for.
      const isOld = this.arrivals !== this.seen || performance.now() > permit.validUntil;
      used = await this.claimBest(isOld ? (await this.looker.look()).ready : ready, permit);
    } finally {
      if (!used) this.connector.permits.reportPermit(permit, null);
    }
    if (!used) await this.sleep(UNUSED_MS);
  }

  /** The first connections that have both work and a token. What was noted in vain is settled on the way. */
  private async find(): Promise<View> {
    const now = performance.now();
    for (const [connectionId, until] of this.resting) if (until <= now) this.resting.delete(connectionId);
    const without = [...this.resting.keys()];
    const settled = new Set<string>();
    let isWithoutToken = false;
    for (;;) {
      const { demands, noted, isPartial, nextInMs } = await this.turns.outlook(this.database, without);
      const toSettle = noted.filter((connectionId) => !settled.has(connectionId));
      if (toSettle.length > 0) {
        await this.turns.settle(this.database, toSettle);
        for (const connectionId of toSettle) settled.add(connectionId);
        continue;
      }
      // What others are changing cannot be settled; it is looked at again in a moment.
      for (const connectionId of noted) this.rest(connectionId, HELD_MS);
      const ready = demands.flatMap((demand) => {
        const token = this.connector.tokens.usable(demand.connectionId);
        return token ? [{ demand, token }] : [];
      });
      if (ready.length > 0) return { ready, sleepMs: 0 };
      isWithoutToken ||= demands.length > 0;
      without.push(...noted, ...demands.map(({ connectionId }) => connectionId));
      if (isPartial) continue;
      const untilRested = Math.min(...this.resting.values()) - performance.now();
      const tokenMs = isWithoutToken ? NO_TOKEN_MS : LONGEST_SLEEP_MS;
      return { ready, sleepMs: Math.min(nextInMs ?? LONGEST_SLEEP_MS, tokenMs, untilRested, LONGEST_SLEEP_MS) };
    }
  }

  private rest(connectionId: string, ms: number): void {
    this.resting.set(connectionId, Math.max(this.resting.get(connectionId) ?? 0, performance.now() + ms));
  }

  /** The turn is counted for the connection that waits now, although a better lane may use the permit. */
  private async acquire(laneClass: number, connectionId: string): Promise<Permit | null> {
    const abort = new AbortController();
    this.asking = { permitClass: laneClass, abort };
    try {
      const permitClass = permitClasses[laneClass] ?? 'background';
      return await this.connector.permits.acquirePermit(permitClass, PERMIT_WAIT_MS, abort.signal, connectionId);
    } finally {
      this.asking = null;
    }
  }

  /** Asks anew when something better has come to wait than what the permit is asked for. */
  private async askBetter(): Promise<void> {
    if (this.isComparing) return;
    this.isComparing = true;
    try {
      for (let compared = -1; compared !== this.arrivals && this.asking && !this.stopped;) {
        compared = this.arrivals;
        const { asking } = this;
        const [best] = (await this.looker.look()).ready;
        if (best && best.demand.class < asking.permitClass && this.asking === asking) asking.abort.abort();
        await new Promise((done) => setTimeout(done, BETTER_EVERY_MS));
      }
    } catch (error) {
      this.options.logger.warn({ err: error }, 'what came while a permit was waited for could not be looked at');
    } finally {
      this.isComparing = false;
    }
  }

  /**
   * Tries connections of one class in turn, so that one with many lanes that have nothing to send holds up nobody; a
   * worse class only when there is nothing left of the better. Looks need a place in their share of the budget as well.
   * @returns whether the permit is used
   */
  private async claimBest(candidates: readonly Ready[], permit: Permit): Promise<boolean> {
    const waiting = [...candidates];
    let place: LookPlace | null = null;
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        if (this.stopped || performance.now() > permit.validUntil) return false;
        const { demand, token } = next;
        const isLook = demand.class === LOOK;
        if (isLook && !(place ??= await this.share.take())) return false;
        const claim = await this.claim(demand, token);
        if (claim.kind === 'errand') {
          if (isLook) place = null;
          this.launch(claim.errand, token, permit);
          await this.served(demand.connectionId);
          return true;
        }
        // Others that wait behind it are found meanwhile.
        if (claim.kind === 'none') this.rest(demand.connectionId, HELD_MS);
        if (claim.kind === 'wrong-client') this.connector.tokens.postpone(demand.connectionId);
        if (claim.kind === 'refresh-employees') this.options.work.refreshEmployees(demand.connectionId);
        if (claim.kind === 'settled' || claim.kind === 'refresh-employees') {
          const behind = waiting.findIndex((other) => other.demand.class > demand.class);
          waiting.splice(behind < 0 ? waiting.length : behind, 0, next);
        }
      }
      return false;
    } finally {
      if (place) await this.share.giveBack(place);
    }
  }

  /** A connection that cannot be claimed from rests for a moment, and the others have their turn. */
  private async claim(demand: Demand, token: PowerOfficeToken): Promise<Claim> {
    const { connectionId } = demand;
    try {
      return await this.claimer.claim(connectionId, token.clientId, demand.class === LOOK ? LOOK : LOOK - 1);
    } catch (error) {
      this.options.logger.warn({ err: error, connectionId }, 'nothing could be claimed for a connection');
      this.rest(connectionId, REST_MS);
      return { kind: 'none' };
    }
  }

  private launch(errand: Errand, token: PowerOfficeToken, permit: Permit): void {
    const done = this.options.work.perform(errand, token, permit).finally(() => {
      this.underWay.delete(done);
      this.wake();
    });
    this.underWay.add(done);
  }

  private async served(connectionId: string): Promise<void> {
    const now = performance.now();
    const isUntidy = now > this.tidiedAt + TIDY_EVERY_MS;
    if (isUntidy) this.tidiedAt = now;
    const noted = this.turns.served(this.database, connectionId);
    await (isUntidy ? noted.then(() => this.turns.tidy(this.database)) : noted).catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'the turn of a connection could not be noted');
    });
  }

  private async sleep(ms: number): Promise<void> {
    if (this.arrivals !== this.seen || this.stopped) return;
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
