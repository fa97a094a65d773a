import { isDeepStrictEqual } from 'node:util';
import { enqueue, ownEvent, type OutboxMessage } from '@huma-poweroffice/messaging';
import type { ConnectionChanged } from '@huma-poweroffice/contracts';
import type { Database, Secret, Tx } from '@huma-poweroffice/platform';
import { currentTraceparent } from '@huma-poweroffice/platform/service';
import type { ProbeRepository } from '../refusals/probe-repository.js';
import { restored } from '../restore/restored.js';
import type { SecretRepository } from '../sealing/secret-repository.js';
import type { TokenRepository } from '../tokens/token-repository.js';
import { connectionChanged, type Connection } from './connection.js';
import type { ConnectionRepository } from './connection-repository.js';
import { decided, type Decision } from './decisions.js';
import type { Actor, Change, HistoryRepository } from './history-repository.js';
import { isHeld } from './transitions.js';

export interface Repositories {
  readonly connections: ConnectionRepository;
  readonly history: HistoryRepository;
  readonly clientKeys: SecretRepository;
  readonly tokens: TokenRepository;
  readonly probes: ProbeRepository;
}

export interface ChangeOptions {
  /** A new client key: it takes the place of the old one, whose token is forgotten. */
  readonly clientKey?: Secret;
  /** What else is done in the transaction, before anything is decided. */
  readonly first?: (tx: Tx) => Promise<void>;
}

const SOURCE = '/poweroffice/connector-config';

const message = (connection: Connection): OutboxMessage =>
  ownEvent('connections', 'poweroffice.connection.changed.v1', connection.connectionId, connectionChanged(connection), {
    source: SOURCE,
    now: connection.changedAt,
    traceparent: currentTraceparent() ?? null,
  });

/**
 * Every change of a connection, in one transaction each: locked, decided, saved, told in the history, published through
 * the outbox, and its secrets kept or destroyed.
 */
export class ConnectionChanges {
  constructor(
    private readonly database: Database,
    private readonly repositories: Repositories,
    /** The time between the hold of a connection and its first probe. */
    private readonly probeHeldInMs: number,
  ) {}

  async create(
    connection: Connection,
    clientKey: Secret,
    actor: Actor,
    also: (tx: Tx) => Promise<void>,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.repositories.connections.insert(tx, connection);
      await this.repositories.clientKeys.put(tx, connection.connectionId, clientKey);
      await this.publish(tx, connection, actor, {
        change: 'created',
        details: { client: connection.client, authorityConfirmed: true },
      });
      await also(tx);
    });
  }

  /**
   * @param decide from the connection as it is now; null: nothing changes. What it throws undoes everything
   * @returns the changed connection; null when there is no such connection
   */
  async change(
    connectionId: string,
    actor: Actor,
    decide: (current: Connection) => Decision | null,
    options: ChangeOptions = {},
  ): Promise<Connection | null> {
    return this.database.transaction(async (tx) => {
      const { connections } = this.repositories;
      const current = await connections.lock(tx, connectionId);
      if (!current) return null;
      await options.first?.(tx);
      const decision = decide(current);
      if (!decision) return current;
      const after = decided(current, decision, Date.now());
      await connections.update(tx, after);
      await this.secrets(tx, after, options.clientKey);
      await this.probes(tx, current, after);
      await this.publish(tx, after, actor, decision);
      return after;
    });
  }

  /**
   * Restores the published state of a connection if our database does not know that state. Uses the caller's
   * transaction.
   * @returns the restored connection; null if nothing had to be restored
   */
  async restore(tx: Tx, published: ConnectionChanged): Promise<Connection | null> {
    const { connections, history } = this.repositories;
    const { connectionId, version } = published;
    const current = await connections.lock(tx, connectionId);
    if (await history.holds(tx, connectionId, version, Date.parse(published.occurredAt))) return null;
    const result = restored(current, published, Date.now());
    if (!result) return null;
    const { connection } = result;
    await (current ? connections.update(tx, connection) : connections.insert(tx, connection));
    await this.repositories.tokens.remove(tx, connectionId);
    await this.secrets(tx, connection, undefined);
    await this.repositories.probes.remove(tx, connectionId);
    await this.publish(tx, connection, { kind: 'system', id: null }, result);
    return connection;
  }

  /** The connection's key; null when it has none, or none any more. */
  keyOf(connectionId: string): Promise<Secret | null> {
    return this.repositories.clientKeys.get(connectionId);
  }

  private async secrets(tx: Tx, { connectionId, phase }: Connection, clientKey: Secret | undefined): Promise<void> {
    const { clientKeys, tokens } = this.repositories;
    if (phase === 'disconnected') await clientKeys.remove(tx, connectionId);
    else if (clientKey) await clientKeys.put(tx, connectionId, clientKey);
    if (phase === 'disconnected' || clientKey !== undefined) await tokens.remove(tx, connectionId);
  }

  /** Adapts the schedule of probes to the change. */
  private async probes(tx: Tx, before: Connection, after: Connection): Promise<void> {
    const { probes } = this.repositories;
    const { connectionId } = after;
    if (after.phase === 'disconnected' || after.heldFor === 'restored') return probes.remove(tx, connectionId);
    if (isHeld(after.phase) && before.heldFor !== after.heldFor)
      await probes.hold(tx, connectionId, this.probeHeldInMs);
    if (!isDeepStrictEqual(before.abilities, after.abilities)) await probes.endWait(tx, connectionId);
  }

  private async publish(tx: Tx, connection: Connection, actor: Actor, { change, details }: Change): Promise<void> {
    const { connectionId, version, changedAt: at } = connection;
    await this.repositories.history.add(tx, connectionId, { version, at, actor, change, details });
    await enqueue(tx, [message(connection)]);
  }
}
