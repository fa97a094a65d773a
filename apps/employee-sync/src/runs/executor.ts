import type { Connector } from '../connector/connector.js';
import { waitUntilCaughtUp } from './caught-up.js';
import type { ItemKind } from './proof.js';
import type { LeasedRun } from './run.js';
import type { RunRepository } from './run-repository.js';
import { RunSetback } from './setback.js';

/** Executes all items of one kind; each passes the gate before anything is done for it. */
export interface KindExecutor {
  execute(run: LeasedRun, signal: AbortSignal): Promise<void>;
}

/** Who executes which kind: a kind without an executor does not compile. */
export type Executors = { readonly [K in ItemKind]: KindExecutor };

/** What execution needs from outside. */
export interface ExecutorNeeds {
  readonly runs: RunRepository;
  readonly connector: Pick<Connector, 'reportRunFinished'>;
  /** Resolves once everything that Kafka held at the moment of the call was taken in; rejects when the signal ends it. */
  readonly caughtUp: (signal: AbortSignal) => Promise<void>;
}

/** The last part of a run: does what was decided, and says that it is done, which activates a connection. */
export class Executor {
  constructor(
    private readonly executors: Executors,
    private readonly needs: ExecutorNeeds,
  ) {}

  /** The run is done only once connector-config knows it; reported twice, it is the same. */
  async execute(run: LeasedRun, signal: AbortSignal): Promise<void> {
    const { runs, connector, caughtUp } = this.needs;
    await waitUntilCaughtUp(caughtUp, signal);
    for (const executor of Object.values(this.executors)) await executor.execute(run, signal);
    await connector.reportRunFinished(run.connectionId, run.id, run.clientId).catch((error: unknown) => {
      throw new RunSetback('unavailable', 'connector-unavailable', 0, error);
    });
    await runs.finish(run, 'done', null);
  }
}
