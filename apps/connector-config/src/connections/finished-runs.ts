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
   * Each run counts once: one that is reported again after a new start does not activate what began anew.
   * @returns the connection after it; null when there is none
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
