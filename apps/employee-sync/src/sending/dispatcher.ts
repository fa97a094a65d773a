import type { Database, Logger } from '@huma-poweroffice/platform';
import { permitClasses, type Connector, type Permit, type PowerOfficeToken } from '../connector/connector.js';
import type { Tokens } from '../connector/tokens.js';
import type { Demand, LaneRepository } from '../lanes/lane-repository.js';
import type { Claim, Claimer } from './claimer.js';
import type { Errand } from './errand.js';

/** A connection with something to do for which there is a token. */
interface Ready {
  readonly demand: Demand;
  readonly token: PowerOfficeToken;
}

export interface DispatcherWork {
  /** Does an errand; never rejects. */
  readonly perform: (errand: Errand, token: PowerOfficeToken, permit: Permit) => Promise<void>;
  readonly refreshEmployees: (connectionId: string) => void;
}

/** Errands under way in this process at the most: enough for ten requests a second that all hang until they time out. */
const MOST_UNDER_WAY = 200;
const PERMIT_WAIT_MS = 10_000;
/** The safety net behind notifications. */
const LONGEST_SLEEP_MS = 2000;
const FAILURE_PAUSE_MS = 500;
/** After a permit for which nothing was found: lanes that others hold just now are due all the same. */
const NOTHING_CLAIMED_MS = 25;
/** Of a connection whose claim failed, until it is tried again. */
const REST_MS = 1000;

/**
 * The one scheduler of a process: with a permit in hand it claims the best lane there is, and hands the errand on. Who
 * waits for a permit asks for one as good as the best lane that waits.
 */
export class Dispatcher {
  private stopped = false;
  private woken = false;
  private wakeUp: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();
  private readonly resting = new Map<string, number>();
  private readonly underWay = new Set<Promise<void>>();
  private asking: { readonly permitClass: number; readonly abort: AbortController } | null = null;

  constructor(
    private readonly database: Database,
    private readonly lanes: LaneRepository,
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
    this.woken = true;
    this.wakeUp();
    if (this.asking && this.asking.permitClass > 0) void this.askBetter(this.asking);
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
    this.woken = false;
    const { ready, nextInMs } = await this.look();
    const [best] = ready;
    if (!best || this.underWay.size >= MOST_UNDER_WAY) {
      await this.sleep(Math.min(nextInMs ?? LONGEST_SLEEP_MS, LONGEST_SLEEP_MS));
      return;
    }
    const permit = await this.acquire(best.demand.class, best.demand.connectionId);
    if (!permit) return;
    let used = false;
    try {
      // Others may have come, or gone, while the permit was waited for.
      const candidates = this.woken || performance.now() > permit.validUntil ? (await this.look()).ready : ready;
      used = await this.claimBest(candidates, permit);
    } finally {
      if (!used) this.connector.permits.reportPermit(permit, null);
    }
    if (!used) await this.sleep(NOTHING_CLAIMED_MS);
  }

  private async look(): Promise<{ ready: Ready[]; nextInMs: number | null }> {
    const { demands, nextInMs } = await this.lanes.outlook(this.database);
    const now = performance.now();
    const ready = demands.flatMap((demand) => {
      if ((this.resting.get(demand.connectionId) ?? 0) > now) return [];
      const token = this.connector.tokens.usable(demand.connectionId);
      return token ? [{ demand, token }] : [];
    });
    return { ready, nextInMs };
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
  private async askBetter(asked: NonNullable<Dispatcher['asking']>): Promise<void> {
    const look = await this.look().catch(() => null);
    const [best] = look?.ready ?? [];
    if (best && best.demand.class < asked.permitClass && this.asking === asked) asked.abort.abort();
  }

  /**
   * Tries connections of one class in turn, so that one with many lanes that have nothing to send holds up nobody; a
   * worse class only when there is nothing left of the better.
   * @returns whether the permit is used
   */
  private async claimBest(candidates: readonly Ready[], permit: Permit): Promise<boolean> {
    const waiting = [...candidates];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (this.stopped || performance.now() > permit.validUntil) return false;
      const { demand, token } = next;
      const claim = await this.claim(demand.connectionId, token);
      if (claim.kind === 'errand') {
        this.launch(claim.errand, token, permit);
        return true;
      }
      if (claim.kind === 'wrong-client') this.connector.tokens.postpone(demand.connectionId);
      if (claim.kind === 'refresh-employees') this.options.work.refreshEmployees(demand.connectionId);
      if (claim.kind === 'settled' || claim.kind === 'refresh-employees') {
        const behind = waiting.findIndex((other) => other.demand.class > demand.class);
        waiting.splice(behind < 0 ? waiting.length : behind, 0, next);
      }
    }
    return false;
  }

  /** A connection that cannot be claimed from rests for a moment, and the others have their turn. */
  private async claim(connectionId: string, token: PowerOfficeToken): Promise<Claim> {
    try {
      return await this.claimer.claim(connectionId, token.clientId);
    } catch (error) {
      this.options.logger.warn({ err: error, connectionId }, 'nothing could be claimed for a connection');
      this.resting.set(connectionId, performance.now() + REST_MS);
      return { kind: 'none' };
    }
  }

  private launch(errand: Errand, token: PowerOfficeToken, permit: Permit): void {
    const done = this.options.work.perform(errand, token, permit).finally(() => {
      this.underWay.delete(done);
      this.wake();
    });
    this.underWay.add(done);
    this.lanes.served(this.database, errand.connectionId).catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'the turn of a connection could not be noted');
    });
  }

  private async sleep(ms: number): Promise<void> {
    if (this.woken || this.stopped) return;
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
