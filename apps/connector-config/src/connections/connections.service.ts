import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { notFound, requireIfMatch, Secret } from '@huma-poweroffice/platform';
import { isKeyTryUnderWay, type Accepted, type KeyCheck, type Trying } from '../clients/key-check.js';
import type { Groups } from '../huma/groups.js';
import { callerName } from './actor.js';
import type { ConnectionAnswer, ConnectionsAnswer, HistoryAnswer, TriedKeyAnswer } from './answers.js';
import type { Connection, Group } from './connection.js';
import type { ConnectionChanges } from './connection-changes.js';
import { isClientTaken, type ConnectionRepository } from './connection-repository.js';
import type { ConnectionView } from './connection-view.js';
import { isKnownCreation, type Creation, type CreationRepository } from './creation-repository.js';
import { edit } from './decisions.js';
import { editOf } from './edit-of.js';
import type { Actor, HistoryRepository } from './history-repository.js';
import { clientTaken, disconnected, groupNotFound, reusedKey } from './problems.js';
import type { CreateBody, EditBody } from './requests.js';

const HISTORY = 100;
/** How long a repeated request waits for the one that is under way, and how often it looks. */
const REPEATED_MS = 5000;
const REPEATED_LOOK_MS = 200;

export interface Reading {
  readonly connections: ConnectionRepository;
  readonly creations: CreationRepository;
  readonly history: HistoryRepository;
  readonly view: ConnectionView;
}

/** Connections as administrators set them up and edit them. */
export class ConnectionsService {
  constructor(
    private readonly reading: Reading,
    private readonly changes: ConnectionChanges,
    private readonly keys: KeyCheck,
    private readonly groups: Pick<Groups, 'find'>,
    /** Called when a person opens a connection. */
    private readonly opened: (connectionId: string) => Promise<void>,
  ) {}

  /** Saves nothing. */
  async tryKey(organizationId: string, actor: Actor, clientKey: string): Promise<TriedKeyAnswer> {
    const trying = { organizationId, caller: callerName(actor) };
    const { client, abilities } = await this.keys.accept(new Secret(clientKey), trying);
    return { client, fields: abilities };
  }

  /** @param idempotencyKey the same one with the same request makes one connection, and answers it again */
  async create(
    organizationId: string,
    actor: Actor,
    body: CreateBody,
    idempotencyKey?: string,
  ): Promise<ConnectionAnswer> {
    const { clientKey } = body;
    const creation = idempotencyKey ? { organizationId, idempotencyKey, request: requestText(body) } : null;
    const before = creation && (await this.created(creation));
    if (before) return before;
    await this.requireGroup(organizationId, body.group);
    const trying = { organizationId, caller: callerName(actor) };
    const accepted = await this.acceptFor(creation, new Secret(clientKey), trying);
    if ('id' in accepted) return accepted;
    const connection = newConnection(organizationId, body, accepted, Date.now());
    try {
      await this.changes.create(connection, new Secret(clientKey), actor, async (tx) => {
        if (creation) await this.reading.creations.add(tx, creation, connection.connectionId);
      });
    } catch (error) {
      // The same request may have been done meanwhile; then it is its connection that has the client.
      const meanwhile = creation && (isKnownCreation(error) || isClientTaken(error)) && (await this.created(creation));
      if (meanwhile) return meanwhile;
      throw await this.problemOf(error, organizationId, accepted);
    }
    return this.reading.view.one(connection);
  }

  async list(organizationId: string): Promise<ConnectionsAnswer> {
    return { items: await this.reading.view.all(organizationId) };
  }

  async get(organizationId: string, connectionId: string): Promise<ConnectionAnswer> {
    const connection = await this.require(organizationId, connectionId);
    await this.opened(connectionId);
    return this.reading.view.one(connection);
  }

  async history(organizationId: string, connectionId: string): Promise<HistoryAnswer> {
    await this.require(organizationId, connectionId);
    const entries = await this.reading.history.list(connectionId, HISTORY);
    const items = entries.map(({ actor, at, version, change, details }) => ({
      version,
      at: new Date(at).toISOString(),
      by: actor.kind,
      byId: actor.id,
      change,
      details,
    }));
    return { items };
  }

  /** @param ifMatch the version that the caller saw, as an entity tag */
  async edit(
    organizationId: string,
    actor: Actor,
    connectionId: string,
    body: EditBody,
    ifMatch: string | undefined,
  ): Promise<ConnectionAnswer> {
    const seen = await this.require(organizationId, connectionId);
    requireIfMatch(ifMatch, seen.version);
    if (body.group) await this.requireGroup(organizationId, body.group);
    const after = await this.changes.change(connectionId, actor, (current) => {
      requireIfMatch(ifMatch, current.version);
      if (current.phase === 'disconnected') throw disconnected();
      return edit(current, editOf(current, body));
    });
    return this.reading.view.one(after ?? seen);
  }

  /** @throws ProblemError 404 when there is no such connection or it belongs to another organisation */
  async require(organizationId: string, connectionId: string): Promise<Connection> {
    const connection = await this.reading.connections.find(connectionId);
    if (connection?.organizationId !== organizationId) throw notFound('connection');
    return connection;
  }

  /** Where another connection has the client already: a problem that names it inside the organisation only. */
  async problemOf(error: unknown, organizationId: string, { client }: Pick<Accepted, 'client'>): Promise<unknown> {
    if (!isClientTaken(error)) return error;
    const other = await this.reading.connections.findByClient(client.id);
    return clientTaken(other?.organizationId === organizationId ? other : null);
  }

  private async created(creation: Creation): Promise<ConnectionAnswer | null> {
    const before = await this.reading.creations.find(creation);
    if (!before) return null;
    if (!before.sameRequest) throw reusedKey();
    return this.get(creation.organizationId, before.connectionId);
  }

  /**
   * Tries the key. A double click repeats a request that is still under way and must not be refused for that: it waits
   * for the connection that the first request creates.
   */
  private async acceptFor(
    creation: Creation | null,
    clientKey: Secret,
    trying: Trying,
  ): Promise<Accepted | ConnectionAnswer> {
    for (const deadline = performance.now() + REPEATED_MS; ;) {
      try {
        return await this.keys.accept(clientKey, trying);
      } catch (error) {
        if (!creation || !isKeyTryUnderWay(error) || performance.now() > deadline) throw error;
        await sleep(REPEATED_LOOK_MS);
        const meanwhile = await this.created(creation);
        if (meanwhile) return meanwhile;
      }
    }
  }

  private async requireGroup(organizationId: string, group: Group): Promise<void> {
    if (group && (await this.groups.find(organizationId, group)).outcome === 'unknown') throw groupNotFound();
  }
}

/** The same text for the same request, in whatever order it was written; of its key it holds a hash. */
const requestText = ({ name, group, clientKey, settings }: CreateBody): string => {
  const { createUsers, sendPositions, mail } = settings;
  const key = createHash('sha256').update(clientKey).digest('hex');
  return JSON.stringify([
    name,
    group?.type,
    group?.id,
    createUsers,
    sendPositions,
    mail.recipients,
    mail.language,
    key,
  ]);
};

const newConnection = (
  organizationId: string,
  { name, group, settings }: CreateBody,
  { client, abilities }: Accepted,
  now: number,
): Connection => ({
  connectionId: randomUUID(),
  organizationId,
  version: 1,
  name,
  phase: 'draft',
  heldFor: null,
  group: group && { type: group.type, id: group.id },
  client,
  settings,
  abilities,
  activatedAt: null,
  createdAt: now,
  changedAt: now,
});
