import { supportedFields, type SupportedField } from './fields.js';

export const connectionStates = ['draft', 'active', 'paused', 'disconnected'] as const;
export type ConnectionState = (typeof connectionStates)[number];

export const groupTypes = ['company', 'location', 'team'] as const;
export type GroupType = (typeof groupTypes)[number];

export const languages = ['en', 'nb'] as const;
export type Language = (typeof languages)[number];

export interface ConnectionSettings {
  createUsers: boolean;
  sendPositions: boolean;
  mail: { recipients: string[]; language: Language };
}

/** Whether PowerOffice lets us write and compare a field; `unknown` is settled at the first collect. */
export interface FieldAbility {
  field: SupportedField;
  write: 'yes' | 'no';
  compare: 'yes' | 'no' | 'unknown';
  reason?: string;
}

/** The public state of a connection: all that other services may know of it. Secrets never leave connector-config. */
export interface ConnectionChanged {
  connectionId: string;
  organizationId: string;
  version: number;
  occurredAt: string;
  name: string;
  state: ConnectionState;
  /** Why the system paused it, or null. A stable code. */
  pauseReason: string | null;
  /** Null: everyone of the organisation. */
  group: { type: GroupType; id: string } | null;
  client: { id: string; name: string };
  settings: ConnectionSettings;
  abilities: FieldAbility[];
  /** When its first run had finished; null before. */
  activatedAt: string | null;
}

const moment = { type: 'string', format: 'date-time' } as const;
const uuid = { type: 'string', format: 'uuid' } as const;

export const connectionChangedSchema = {
  $id: 'poweroffice.connection.v1',
  title: 'ConnectionChanged',
  type: 'object',
  required: [
    'connectionId',
    'organizationId',
    'version',
    'occurredAt',
    'name',
    'state',
    'pauseReason',
    'group',
    'client',
    'settings',
    'abilities',
    'activatedAt',
  ],
  properties: {
    connectionId: uuid,
    organizationId: uuid,
    version: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    occurredAt: moment,
    name: { type: 'string' },
    state: { enum: connectionStates },
    pauseReason: { type: ['string', 'null'] },
    group: {
      type: ['object', 'null'],
      required: ['type', 'id'],
      properties: { type: { enum: groupTypes }, id: uuid },
    },
    client: {
      type: 'object',
      required: ['id', 'name'],
      properties: { id: { type: 'string' }, name: { type: 'string' } },
    },
    settings: {
      type: 'object',
      required: ['createUsers', 'sendPositions', 'mail'],
      properties: {
        createUsers: { type: 'boolean' },
        sendPositions: { type: 'boolean' },
        mail: {
          type: 'object',
          required: ['recipients', 'language'],
          properties: {
            recipients: { type: 'array', items: { type: 'string' } },
            // Mails in a language that a service does not know yet are written in English.
            language: { enum: languages, default: 'en' },
          },
        },
      },
    },
    abilities: {
      type: 'array',
      // A service that does not know a field yet does not write it either.
      'x-drop-unknown': true,
      items: {
        type: 'object',
        required: ['field', 'write', 'compare'],
        properties: {
          field: { enum: supportedFields },
          write: { enum: ['yes', 'no'] },
          compare: { enum: ['yes', 'no', 'unknown'] },
          reason: { type: 'string' },
        },
      },
    },
    activatedAt: { type: ['string', 'null'], format: 'date-time' },
  },
} as const;
