import type { Connection } from './connection.js';
import type { ConnectionChanges } from './connection-changes.js';
import type { ConnectionRepository } from './connection-repository.js';
import { finishRun } from './decisions.js';

const SYSTEM = { kind: 'system', id: null } as const;

/** Runs that have finished: the first one activates its connection. */
export class FinishedRuns {
  constructor(
    private readonly connections: Pick<ConnectionRepository, 'addFinishedRun'>,
    private readonly changes: ConnectionChanges,
    /** Called once for each finished run. */
    private readonly hasFinished: (connectionId: string) => Promise<void>,
  ) {}

  /**
   * Each run counts once: when it is reported again after the connection has started over, it activates nothing.
   * @returns the changed connection; null when there is no such connection
   */
  async finished(connectionId: string, runId: string, clientId: string | null): Promise<Connection | null> {
    let isNew = false;
    const after = await this.changes.change(
      connectionId,
      SYSTEM,
      (current) => (isNew ? finishRun(current, clientId, Date.now()) : null),
      {
        first: async (tx) => {
          isNew = await this.connections.addFinishedRun(tx, connectionId, runId);
        },
      },
    );
    if (isNew) await this.hasFinished(connectionId);
    return after;
  }
}
