import type { Logger } from '@huma-poweroffice/platform';
import type { ConnectionRepository } from '../connections/connection-repository.js';
import type { Refusals } from './refusals.js';

const AT_ONCE = 5;

/** Asks every few minutes whether a connection that the system holds works again; such a one comes back by itself. */
export class HeldConnections {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly connections: ConnectionRepository,
    private readonly refusals: Refusals,
    private readonly everyMs: number,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.look().finally(() => {
        this.running = null;
      });
    }, this.everyMs / 4);
  }
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  private async look(): Promise<void> {
    try {
      for (const connectionId of await this.connections.claimHeld(this.everyMs, AT_ONCE))
        if (!this.stopped) await this.refusals.probe(connectionId);
    } catch (error) {
      this.logger.warn({ err: error }, 'held connections could not be probed, trying again');
    }
  }
}
