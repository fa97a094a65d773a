export { canonicalUuid, shownEventType, storableText } from './clean.js';
export { topics, type TopicDefinition, type TopicKey } from './topics.js';
export { supportedFields, type SupportedField } from './fields.js';
export {
  eventSchemas,
  readEvent,
  type EventType,
  type EventTypes,
  type ReadEvent,
  type TypedEvent,
  type UnreadableReason,
} from './read-event.js';
export type {
  HumaAddressMessage,
  HumaBankAccountMessage,
  HumaIdentificationMessage,
  HumaPositionMessage,
  HumaUserMessage,
  Origin,
  PositionsChanged,
  UserChanged,
} from './huma-events.js';
export {
  connectionStates,
  groupTypes,
  languages,
  type ConnectionChanged,
  type ConnectionSettings,
  type ConnectionState,
  type FieldAbility,
  type GroupType,
  type Language,
} from './connection-events.js';
export {
  actors,
  outcomeResults,
  type ApplyEmploymentCommand,
  type OutcomeProblem,
  type OutcomeResult,
  type ProblemActor,
  type SyncOutcome,
  type SyncPersonCommand,
  type UnreadableMessage,
} from './sync-events.js';
export * from './connector.js';
