import type { Logger } from '@huma-poweroffice/platform';
import type { ConnectionRepository } from '../connections/connection-repository.js';
import type { Refusals } from './refusals.js';

/** Claimed together: those of a process that ends are asked a whole interval later. */
const PAGE = 5;

/** Asks every few minutes whether a connection that the system holds works again; such a one comes back by itself. */
export class HeldConnections {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly connections: Pick<ConnectionRepository, 'claimHeld'>,
    private readonly refusals: Pick<Refusals, 'probe'>,
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

  /** Asks about all that are due. */
  async look(): Promise<void> {
    try {
      for (let full = true; full && !this.stopped;) {
        const claimed = await this.connections.claimHeld(this.everyMs, PAGE);
        for (const connectionId of claimed) await this.probe(connectionId);
        full = claimed.length === PAGE;
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'held connections could not be looked for, trying again');
    }
  }

  private async probe(connectionId: string): Promise<void> {
    if (this.stopped) return;
    try {
      await this.refusals.probe(connectionId);
    } catch (error) {
      this.logger.warn({ err: error, connectionId }, 'a held connection could not be probed, trying again');
    }
  }
}
