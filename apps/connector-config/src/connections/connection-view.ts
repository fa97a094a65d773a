import type { Groups } from '../huma/groups.js';
import type { ConnectionAnswer } from './answers.js';
import type { Connection, Group } from './connection.js';
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

const nameIn = (names: ReadonlyMap<string, string>, group: Group): string | null =>
  (group && names.get(group.id)) ?? null;

/** Connections with what belongs to an answer beside them: their group's name, and whom they overlap with. */
export class ConnectionView {
  constructor(
    private readonly connections: Pick<ConnectionRepository, 'list'>,
    private readonly groups: Pick<Groups, 'namesOf'>,
  ) {}

  async one(connection: Connection): Promise<ConnectionAnswer> {
    const { organizationId, group } = connection;
    const [others, names] = await Promise.all([
      this.connections.list(organizationId),
      this.groups.namesOf(organizationId, [group]),
    ]);
    return viewOf(connection, nameIn(names, group), others);
  }

  async all(organizationId: string): Promise<ConnectionAnswer[]> {
    const connections = await this.connections.list(organizationId);
    const names = await this.groups.namesOf(
      organizationId,
      connections.map(({ group }) => group),
    );
    return connections.map((connection) => viewOf(connection, nameIn(names, connection.group), connections));
  }
}
