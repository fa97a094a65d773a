import type { Connector } from '../connector/connector.js';
import type { Linker } from './linker.js';
import type { LeasedRun } from './run.js';
import type { RunRepository } from './run-repository.js';
import { RunSetback } from './setback.js';

/** The last part of a run: does what was decided, and says that it is done, which activates a connection. */
export class Executor {
  constructor(
    private readonly linker: Linker,
    private readonly runs: RunRepository,
    private readonly connector: Pick<Connector, 'reportRunFinished'>,
  ) {}

  /** The run is done only once connector-config knows it; told twice, it is the same. */
  async execute(run: LeasedRun, signal: AbortSignal): Promise<void> {
    await this.linker.link(run, signal);
    await this.connector.reportRunFinished(run.connectionId, run.id, run.clientId).catch((error: unknown) => {
      throw new RunSetback('unavailable', 'connector-unavailable', 0, error);
    });
    await this.runs.finish(run, 'done', null);
  }
}
