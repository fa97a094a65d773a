import { connectionStates } from '@huma-poweroffice/contracts';
import type { OutboxRelay } from '@huma-poweroffice/messaging';
import type { Logger } from '@huma-poweroffice/platform';
import { permitClasses } from '../budget/permit-queue.js';
import type { RequestBudget } from '../budget/request-budget.js';
import type { OwnKeysAlarm } from '../clients/own-keys-alarm.js';
import type { ConnectionRepository } from '../connections/connection-repository.js';
import { stateOf } from '../connections/transitions.js';
import { serviceMetrics } from './service-metrics.js';

export interface Sampled {
  readonly budget: RequestBudget;
  readonly alarm: OwnKeysAlarm;
  readonly connections: ConnectionRepository;
  readonly relay: OutboxRelay;
}

const EVERY_MS = 2000;

/** Reads what nobody counts: how much is in use, waits, is connected. */
export class Sampler {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;

  constructor(
    private readonly sampled: Sampled,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.sample().finally(() => {
        this.running = null;
      });
    }, EVERY_MS);
  }
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async sample(): Promise<void> {
    const { budget, alarm, connections, relay } = this.sampled;
    const waiting = budget.waiting();
    for (const permitClass of permitClasses) serviceMetrics.waiting.set({ class: permitClass }, waiting[permitClass]);
    try {
      serviceMetrics.slotsInUse.set(await budget.inUse());
      serviceMetrics.ownKeysRefused.set((await alarm.areRefused()) ? 1 : 0);
      const { depth, oldestSeconds } = await relay.state();
      serviceMetrics.outboxDepth.set(depth);
      serviceMetrics.outboxAge.set(oldestSeconds);
      const counts = await connections.countByPhase();
      for (const state of connectionStates) {
        const of = counts.filter(({ phase }) => stateOf(phase) === state);
        serviceMetrics.connections.set(
          { state },
          of.reduce((sum, { count }) => sum + count, 0),
        );
      }
    } catch (error) {
      this.logger.debug({ err: error }, 'the state could not be sampled');
    }
  }
}
