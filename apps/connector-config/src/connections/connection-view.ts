import type { Groups } from '../huma/groups.js';
import type { ConnectionAnswer } from './answers.js';
import type { Connection } from './connection.js';
import type { ConnectionRepository } from './connection-repository.js';
import { overlaps } from './overlaps.js';
import { stateOf } from './transitions.js';

const moment = (ms: number): string => new Date(ms).toISOString();

/** What an administrator sees of a connection. */
const viewOf = (connection: Connection, groupName: string | null, others: readonly Connection[]): ConnectionAnswer => ({
  id: connection.connectionId,
  version: connection.version,
  name: connection.name,
  group: connection.group && { ...connection.group, name: groupName },
  state: stateOf(connection.phase),
  pauseReason: connection.heldFor,
  client: connection.client,
  settings: connection.settings,
  fields: connection.abilities,
  warnings: overlaps(connection, others),
  activatedAt: connection.activatedAt === null ? null : moment(connection.activatedAt),
  createdAt: moment(connection.createdAt),
  changedAt: moment(connection.changedAt),
});

/** Connections with what belongs to an answer beside them: their group's name, and whom they overlap with. */
export class ConnectionView {
  constructor(
    private readonly connections: Pick<ConnectionRepository, 'list'>,
    private readonly groups: Pick<Groups, 'nameOf'>,
  ) {}

  async one(connection: Connection): Promise<ConnectionAnswer> {
    const { organizationId, group } = connection;
    const [others, name] = await Promise.all([
      this.connections.list(organizationId),
      this.groups.nameOf(organizationId, group),
    ]);
    return viewOf(connection, name, others);
  }

  async all(organizationId: string): Promise<ConnectionAnswer[]> {
    const connections = await this.connections.list(organizationId);
    return Promise.all(
      connections.map(async (c) => viewOf(c, await this.groups.nameOf(organizationId, c.group), connections)),
    );
  }
}
