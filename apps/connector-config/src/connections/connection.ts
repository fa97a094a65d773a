import type { ConnectionChanged, ConnectionSettings, GroupType } from '@huma-poweroffice/contracts';
import type { FieldAbility } from './abilities.js';
import { stateOf, type Phase } from './transitions.js';

/**
 * The reason for which the system holds a connection. A stable code. `restored` means that our database is older than
 * the published state of the connection; only a person can end that.
 */
export const holdReasons = ['key-refused', 'token-refused', 'privilege-missing', 'restored'] as const;
export type HoldReason = (typeof holdReasons)[number];

/** A company, location or team of the organisation; null: everyone. */
export type Group = { readonly type: GroupType; readonly id: string } | null;

/** A PowerOffice client: one company there. */
export interface Client {
  readonly id: string;
  readonly name: string;
}

/** All of a connection but its secrets. Moments are milliseconds since 1970. */
export interface Connection {
  readonly connectionId: string;
  readonly organizationId: string;
  /** Grows by one with every change. */
  readonly version: number;
  readonly name: string;
  readonly phase: Phase;
  readonly heldFor: HoldReason | null;
  readonly group: Group;
  readonly client: Client;
  readonly settings: ConnectionSettings;
  readonly abilities: readonly FieldAbility[];
  readonly activatedAt: number | null;
  readonly createdAt: number;
  readonly changedAt: number;
}

const moment = (ms: number): string => new Date(ms).toISOString();

/** What all other services may know of a connection. */
export const connectionChanged = (connection: Connection): ConnectionChanged => ({
  connectionId: connection.connectionId,
  organizationId: connection.organizationId,
  version: connection.version,
  occurredAt: moment(connection.changedAt),
  name: connection.name,
  state: stateOf(connection.phase),
  pauseReason: connection.heldFor,
  group: connection.group,
  client: connection.client,
  settings: connection.settings,
  abilities: connection.abilities.map(({ ask: _, ...published }) => published),
  activatedAt: connection.activatedAt === null ? null : moment(connection.activatedAt),
});
