import type { Logger } from '@huma-poweroffice/platform';
import { Alarm } from '../alarm.js';
import type { ConnectionRepository } from '../connections/connection-repository.js';
import { isHeld } from '../connections/transitions.js';
import type { ClaimedProbe, ProbeRepository } from './probe-repository.js';
import { nextProbe, type ProbeIntervals } from './probe-schedule.js';
import type { Refusals } from './refusals.js';

export interface ProbeSettings extends ProbeIntervals {
  /** The time between two probes over all replicas, which keeps probes within their share of the budget. */
  readonly paceMs: number;
}

/** The longest time of a probe, which waits for two permits of the lowest class and for two answers. */
const LEASE_MS = 120_000;
const LONGEST_SLEEP_MS = 30_000;
const SHORTEST_SLEEP_MS = 25;
const FAILURE_MS = 1000;

/** Makes the probes that are due, one at a time, with the lowest priority and within a share of the budget. */
export class Probes {
  private readonly alarm = new Alarm();
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly repository: Pick<ProbeRepository, 'claim' | 'settle' | 'nextInMs' | 'isAwaited'>,
    private readonly connections: Pick<ConnectionRepository, 'find'>,
    private readonly refusals: Pick<Refusals, 'probe'>,
    private readonly settings: ProbeSettings,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.running = this.run();
  }
  async stop(): Promise<void> {
    this.stopped = true;
    this.alarm.ring();
    await this.running;
  }
  /** Looks for probes at once, because one may have become due. */
  wake(): void {
    this.alarm.ring();
  }

  /** Makes one probe if one is due. @returns the time to wait for the next one, in milliseconds */
  async look(): Promise<number> {
    const claimed = await this.repository.claim(this.settings.paceMs, LEASE_MS);
    if (claimed) await this.probe(claimed);
    const nextInMs = (await this.repository.nextInMs()) ?? LONGEST_SLEEP_MS;
    return Math.min(Math.max(nextInMs, SHORTEST_SLEEP_MS), LONGEST_SLEEP_MS);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.alarm.set();
      try {
        await this.alarm.within(await this.look());
      } catch (error) {
        this.logger.warn({ err: error }, 'the probes that are due could not be made, trying again');
        await this.alarm.within(FAILURE_MS);
      }
    }
  }

  private async probe(claimed: ClaimedProbe): Promise<void> {
    const { connectionId } = claimed;
    const { learned, changed } = await this.refusals.probe(connectionId, 'background').catch((error: unknown) => {
      this.logger.warn({ err: error, connectionId }, 'a connection could not be probed, trying again');
      return { learned: false, changed: false };
    });
    const tries = changed ? 0 : claimed.tries + (learned ? 1 : 0);
    const after = await this.connections.find(connectionId);
    const held = after !== null && isHeld(after.phase) && after.heldFor !== 'restored';
    const awaited = after?.phase !== 'disconnected' && (await this.repository.isAwaited(connectionId));
    await this.repository.settle(claimed, tries, nextProbe({ held, awaited, learned, tries }, this.settings));
  }
}
