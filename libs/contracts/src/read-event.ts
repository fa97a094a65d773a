import { Ajv, type ValidateFunction } from 'ajv';
import { connectionChangedSchema, type ConnectionChanged } from './connection-events.js';
import { canonicalUuid, isMoment, shownEventType } from './clean.js';
import { positionsChangedSchema, userChangedSchema, type PositionsChanged, type UserChanged } from './huma-events.js';
import {
  applyEmploymentSchema,
  syncOutcomeSchema,
  syncPersonSchema,
  unreadableMessageSchema,
  type ApplyEmploymentCommand,
  type SyncOutcome,
  type SyncPersonCommand,
  type UnreadableMessage,
} from './sync-events.js';
import { project, withoutUnknown } from './project.js';
import type { TopicKey } from './topics.js';

/** Every event of the product: `ce_type` → its value. The major version is the end of the type's name. */
export interface EventTypes {
  'huma.user.created.v1': UserChanged;
  'huma.user.updated.v1': UserChanged;
  'huma.user.deactivated.v1': UserChanged;
  'huma.user.reactivated.v1': UserChanged;
  'huma.user.deleted.v1': UserChanged;
  'huma.position.created.v1': PositionsChanged;
  'huma.position.updated.v1': PositionsChanged;
  'huma.position.deleted.v1': PositionsChanged;
  'poweroffice.connection.changed.v1': ConnectionChanged;
  'poweroffice.command.sync-person.v1': SyncPersonCommand;
  'poweroffice.command.retry.v1': SyncPersonCommand;
  'poweroffice.command.apply-employment.v1': ApplyEmploymentCommand;
  'poweroffice.outcome.recorded.v1': SyncOutcome;
  'poweroffice.message.unreadable.v1': UnreadableMessage;
}

export type EventType = keyof EventTypes;

/** A readable event: its type decides the type of its value. */
export type TypedEvent = { [T in EventType]: { type: T; value: EventTypes[T] } }[EventType];

export type UnreadableReason =
  | { code: 'unknown-type' | 'wrong-version'; detail: string }
  | { code: 'schema'; detail: string; errors: { path: string; message: string }[] };

export type ReadEvent = { ok: true; event: TypedEvent } | { ok: false; reason: UnreadableReason };

/** Which schema describes which event, by topic: the source of the validators and of the AsyncAPI document. */
export const eventSchemas = {
  users: {
    'huma.user.created.v1': userChangedSchema,
    'huma.user.updated.v1': userChangedSchema,
    'huma.user.deactivated.v1': userChangedSchema,
    'huma.user.reactivated.v1': userChangedSchema,
    'huma.user.deleted.v1': userChangedSchema,
  },
  positions: {
    'huma.position.created.v1': positionsChangedSchema,
    'huma.position.updated.v1': positionsChangedSchema,
    'huma.position.deleted.v1': positionsChangedSchema,
  },
  connections: { 'poweroffice.connection.changed.v1': connectionChangedSchema },
  syncCommands: {
    'poweroffice.command.sync-person.v1': syncPersonSchema,
    'poweroffice.command.retry.v1': syncPersonSchema,
    'poweroffice.command.apply-employment.v1': applyEmploymentSchema,
  },
  syncOutcomes: { 'poweroffice.outcome.recorded.v1': syncOutcomeSchema },
  unreadable: { 'poweroffice.message.unreadable.v1': unreadableMessageSchema },
} as const satisfies Record<TopicKey, Partial<Record<EventType, object>>>;

const ajv = new Ajv({ allErrors: false, allowUnionTypes: true, strict: true });
ajv.addFormat('uuid', { type: 'string', validate: (text: string) => canonicalUuid(text) !== null });
ajv.addFormat('date-time', { type: 'string', validate: isMoment });
ajv.addVocabulary(['x-drop-unknown']);

interface EventReader {
  readonly schema: object;
  readonly validate: ValidateFunction;
}

const compiled = new Map<object, EventReader>();
const readers = new Map<TopicKey, Map<string, EventReader>>();
for (const [topic, types] of Object.entries(eventSchemas)) {
  const byType = new Map<string, EventReader>();
  for (const [type, schema] of Object.entries(types)) {
    const reader = compiled.get(schema) ?? { schema, validate: ajv.compile(schema) };
    compiled.set(schema, reader);
    byType.set(type, reader);
  }
  readers.set(topic as TopicKey, byType);
}

const versionless = (type: string): string => type.replace(/\.v\d+$/, '');

/**
 * Reads a parsed value by the schema that its topic and `ce_type` name. What comes out holds exactly the members that the
 * schema names, in a form that can be stored: clean texts, canonical ids, moments in UTC. Members that are not in the
 * schema are ignored (changes inside a major version are additive), and so are unknown values of an enum where the schema
 * says how. Error texts name fields and rules, never values.
 */
export const readEvent = (topic: TopicKey, type: string, value: unknown): ReadEvent => {
  const byType = readers.get(topic);
  const reader = byType?.get(type);
  if (!reader) {
    const known = [...(byType?.keys() ?? [])].some((t) => versionless(t) === versionless(type));
    const shown = shownEventType(type);
    return {
      ok: false,
      reason: known
        ? { code: 'wrong-version', detail: `${shown} is of a version that is not supported` }
        : { code: 'unknown-type', detail: `The type (${shown}) is not one of this topic` },
    };
  }
  const { schema, validate } = reader;
  if (validate(value)) return read(type, project(schema, value));
  const errors = (validate.errors ?? []).map((e) => ({
    path: e.instancePath || '/',
    message: e.message ?? e.keyword,
  }));
  const known = withoutUnknown(schema, value);
  if (validate(known)) return read(type, project(schema, known));
  return {
    ok: false,
    reason: { code: 'schema', detail: errors.map((e) => `${e.path} ${e.message}`).join('; '), errors },
  };
};

const read = (type: string, value: unknown): ReadEvent => ({ ok: true, event: { type, value } as TypedEvent });
