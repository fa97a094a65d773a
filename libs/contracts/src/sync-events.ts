import { supportedFields, type SupportedField } from './fields.js';

/** Asks employee-sync to look at a person again, computed from today's values; never carries a value to write. */
export interface SyncPersonCommand {
  organizationId: string;
  userId: string;
  /** Null: every connection that covers the person. */
  connectionId: string | null;
  requestedAt: string;
  /** Who asked: a person's `sub`, or the service. */
  requestedBy: string;
}

/**
 * The employment facts of a person, computed by position-sync. `version` is that of the positions; `touched` says
 * whether a position was created or updated since activation (only then are the facts sent).
 */
export interface ApplyEmploymentCommand {
  organizationId: string;
  userId: string;
  version: number;
  requestedAt: string;
  touched: boolean;
  facts: { startDate: string | null; endDate: string | null; jobTitle: string | null };
}

export const outcomeResults = [
  'linked',
  'created',
  'updated',
  'nothing-to-do',
  'locked',
  'blocked',
  'field-refused',
  'kept-foreign-value',
  'retrying',
  'unlinked',
] as const;
export type OutcomeResult = (typeof outcomeResults)[number];

export const actors = ['hr', 'accountant', 'poweroffice-administrator', 'us'] as const;
/** Who must act for a problem to go away. */
export type ProblemActor = (typeof actors)[number];

/** A failure in words that are stable: a code, who must act, whether it is retried by itself. */
export interface OutcomeProblem {
  code: string;
  field: SupportedField | null;
  actor: ProblemActor;
  /** PowerOffice's own text, shown to people, never matched on; it never holds a value of ours. */
  detail: string | null;
  /** When it is tried again by itself, or null. */
  retriesAt: string | null;
}

/** What became of a person: ids, names of fields and codes, never a personal value. */
export interface SyncOutcome {
  organizationId: string;
  connectionId: string;
  userId: string;
  employeeId: string | null;
  occurredAt: string;
  result: OutcomeResult;
  fields: SupportedField[];
  problems: OutcomeProblem[];
  /** What led to it: `event <id>, version 7`, `command <id>`, `run <id>`, `sync now by <sub>`, `connection changed`, ... */
  cause: string;
}

/** A message that could not be read. Its bytes are encrypted; beyond 256 KiB only hash, size and the first part are kept. */
export interface UnreadableMessage {
  topic: string;
  partition: number;
  offset: string;
  reason: { code: string; detail: string };
  /** Milliseconds since 1970, as the broker had it. */
  timestamp: string;
  size: number;
  sha256: string;
  truncated: boolean;
  /** Base64 of the sealed key and value; null where the message had none. */
  key: string | null;
  value: string | null;
  headers: Record<string, string>;
}

const uuid = { type: 'string', format: 'uuid' } as const;
const moment = { type: 'string', format: 'date-time' } as const;
const optionalText = { type: ['string', 'null'] } as const;

export const syncPersonSchema = {
  $id: 'poweroffice.command.sync-person.v1',
  title: 'SyncPersonCommand',
  type: 'object',
  required: ['organizationId', 'userId', 'connectionId', 'requestedAt', 'requestedBy'],
  properties: {
    organizationId: uuid,
    userId: uuid,
    connectionId: { type: ['string', 'null'], format: 'uuid' },
    requestedAt: moment,
    requestedBy: { type: 'string' },
  },
} as const;

export const applyEmploymentSchema = {
  $id: 'poweroffice.command.apply-employment.v1',
  title: 'ApplyEmploymentCommand',
  type: 'object',
  required: ['organizationId', 'userId', 'version', 'requestedAt', 'touched', 'facts'],
  properties: {
    organizationId: uuid,
    userId: uuid,
    version: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    requestedAt: moment,
    touched: { type: 'boolean' },
    facts: {
      type: 'object',
      required: ['startDate', 'endDate', 'jobTitle'],
      properties: { startDate: optionalText, endDate: optionalText, jobTitle: optionalText },
    },
  },
} as const;

export const syncOutcomeSchema = {
  $id: 'poweroffice.outcome.v1',
  title: 'SyncOutcome',
  type: 'object',
  required: [
    'organizationId',
    'connectionId',
    'userId',
    'employeeId',
    'occurredAt',
    'result',
    'fields',
    'problems',
    'cause',
  ],
  properties: {
    organizationId: uuid,
    connectionId: uuid,
    userId: uuid,
    employeeId: optionalText,
    occurredAt: moment,
    result: { enum: outcomeResults },
    fields: { type: 'array', items: { enum: supportedFields }, 'x-drop-unknown': true },
    problems: {
      type: 'array',
      items: {
        type: 'object',
        required: ['code', 'field', 'actor', 'detail', 'retriesAt'],
        properties: {
          code: { type: 'string' },
          field: { enum: [...supportedFields, null], default: null },
          actor: { enum: actors },
          detail: optionalText,
          retriesAt: { type: ['string', 'null'], format: 'date-time' },
        },
      },
    },
    cause: { type: 'string' },
  },
} as const;

export const unreadableMessageSchema = {
  $id: 'poweroffice.unreadable.v1',
  title: 'UnreadableMessage',
  type: 'object',
  required: [
    'topic',
    'partition',
    'offset',
    'reason',
    'timestamp',
    'size',
    'sha256',
    'truncated',
    'key',
    'value',
    'headers',
  ],
  properties: {
    topic: { type: 'string' },
    partition: { type: 'integer', minimum: 0 },
    offset: { type: 'string', pattern: '^[0-9]+$' },
    reason: {
      type: 'object',
      required: ['code', 'detail'],
      properties: { code: { type: 'string' }, detail: { type: 'string' } },
    },
    timestamp: { type: 'string' },
    size: { type: 'integer', minimum: 0 },
    sha256: { type: 'string' },
    truncated: { type: 'boolean' },
    key: optionalText,
    value: optionalText,
    headers: { type: 'object', additionalProperties: { type: 'string' } },
  },
} as const;
