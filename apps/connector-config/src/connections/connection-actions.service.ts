import { etag, ProblemError, requireIfMatch, Secret } from '@huma-poweroffice/platform';
import type { KeyCheck, Trying } from '../clients/key-check.js';
import { readsEmployees } from './abilities.js';
import { callerName } from './actor.js';
import type { ConnectionAnswer } from './answers.js';
import type { Connection } from './connection.js';
import type { ChangeOptions, ConnectionChanges } from './connection-changes.js';
import type { ConnectionView } from './connection-view.js';
import type { ConnectionsService } from './connections.service.js';
import { move, type Decision } from './decisions.js';
import type { Actor } from './history-repository.js';
import { keyMissing, notAllowed, otherClient, privilegeMissing } from './problems.js';
import type { ReplaceKeyBody } from './requests.js';
import { isHeld } from './transitions.js';

/** Whose connection is acted on, by whom, and which version they saw (if they say). */
export interface Acting {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly actor: Actor;
  readonly ifMatch: string | undefined;
}

const required = (decision: Decision | null): Decision => {
  if (!decision) throw notAllowed();
  return decision;
};

const tryingOf = ({ organizationId, connectionId }: Connection, actor: Actor): Trying => ({
  organizationId,
  connectionId,
  caller: callerName(actor),
});

/** What a person does with a connection as a whole. */
export class ConnectionActionsService {
  /** @param changed called after a connection's key or state has changed, so that remembered failures are dropped */
  constructor(
    private readonly connections: ConnectionsService,
    private readonly changes: ConnectionChanges,
    private readonly keys: KeyCheck,
    private readonly view: ConnectionView,
    private readonly changed: (connectionId: string) => Promise<void>,
  ) {}

  pause(acting: Acting): Promise<ConnectionAnswer> {
    return this.act(acting, (current) => required(move(current, 'pause')));
  }

  /** Secrets are destroyed at once. */
  disconnect(acting: Acting): Promise<ConnectionAnswer> {
    return this.act(acting, (current) => required(move(current, 'disconnect')));
  }

  /** What the system holds resumes only when its reason is gone: PowerOffice is asked. */
  async resume(acting: Acting): Promise<ConnectionAnswer> {
    const seen = await this.connections.require(acting.organizationId, acting.connectionId);
    if (!isHeld(seen.phase)) return this.act(acting, (current) => required(move(current, 'resume')));
    const abilities = await this.askAgain(seen, acting.actor);
    // What PowerOffice said is about the connection that was seen: it may have another key now.
    const asSeen = { ...acting, ifMatch: acting.ifMatch ?? etag(seen.version) };
    try {
      return await this.act(asSeen, (current) => required(move(current, 'resume', { abilities })));
    } catch (error) {
      // A restored connection occupies its PowerOffice client only when it is resumed.
      throw await this.connections.problemOf(error, acting.organizationId, seen);
    }
  }

  /** Replaces the key. With a key of another client everything starts over, and `newStart` must confirm that. */
  async replaceKey(acting: Acting, { clientKey, newStart = false }: ReplaceKeyBody): Promise<ConnectionAnswer> {
    const seen = await this.connections.require(acting.organizationId, acting.connectionId);
    required(move(seen, 'replace-key'));
    const accepted = await this.keys.accept(new Secret(clientKey), tryingOf(seen, acting.actor));
    const { client, abilities } = accepted;
    const decide = (current: Connection): Decision => {
      if (client.id === current.client.id) return required(move(current, 'replace-key', { client, abilities }));
      if (!newStart) throw otherClient(client);
      return required(move(current, 'start-anew', { client, abilities }));
    };
    try {
      return await this.act(acting, decide, { clientKey: new Secret(clientKey) });
    } catch (error) {
      throw await this.connections.problemOf(error, acting.organizationId, accepted);
    }
  }

  private async askAgain(connection: Connection, actor: Actor): Promise<Connection['abilities']> {
    const { connectionId, client: before } = connection;
    const key = await this.changes.keyOf(connectionId);
    if (!key) throw keyMissing();
    const { client, abilities } = await this.keys.accept(key, tryingOf(connection, actor));
    // People of one company must not be written into the books of another.
    if (client.id !== before.id) throw otherClient(client);
    if (!readsEmployees(abilities)) throw privilegeMissing();
    return abilities;
  }

  private async act(
    { organizationId, connectionId, actor, ifMatch }: Acting,
    decide: (current: Connection) => Decision,
    options: ChangeOptions = {},
  ): Promise<ConnectionAnswer> {
    await this.connections.require(organizationId, connectionId);
    const after = await this.changes.change(
      connectionId,
      actor,
      (current) => {
        if (ifMatch !== undefined) requireIfMatch(ifMatch, current.version);
        return decide(current);
      },
      options,
    );
    if (!after) throw new ProblemError(404, 'not-found', 'There is no such connection.');
    await this.changed(connectionId);
    return this.view.one(after);
  }
}
