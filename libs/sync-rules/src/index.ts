export {
  accountNumber,
  fieldRules,
  fields,
  humaValues,
  mapValue,
  sameShown,
  shownValues,
  type EmploymentFacts,
  type Field,
  type HumaValues,
  type Mapped,
  type MappingContext,
  type ShownValues,
} from './fields.js';
export { genderToHuma, genderToPowerOffice, type GenderForHuma } from './gender.js';
export { sameValue, type Json } from './json.js';
export {
  emptyLane,
  wakeAt,
  type Attempt,
  type AttemptKind,
  type Blocked,
  type FieldState,
  type Lane,
  type Link,
  type LockReason,
  type Refused,
  type WaitsFor,
} from './lane.js';
export {
  match,
  situations,
  type Evidence,
  type HumaSide,
  type Match,
  type PowerOfficeSide,
  type Situation,
} from './match.js';
export { employeeBody, patchOperations } from './patch.js';
export {
  claim,
  expire,
  link,
  lockReason,
  record,
  settle,
  type Answer,
  type FieldChange,
  type Reading,
  type Step,
  type Task,
  type Timing,
  type World,
} from './protocol.js';
