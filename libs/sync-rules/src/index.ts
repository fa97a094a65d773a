export {
  accountNumber,
  fieldRules,
  fields,
  humaValues,
  mapValue,
  sameShown,
  shownSalaryAccount,
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
  match,
  situations,
  type Evidence,
  type HumaSide,
  type Match,
  type MatchedBy,
  type PowerOfficeSide,
  type Situation,
} from './match.js';
export { employeeBody, patchOperations } from './patch.js';
export { claim } from './lane/claim.js';
export { lockReason, type DecisionContext, type EmployeeIndex, type SameEmail, type Timing } from './lane/context.js';
export { backOff, expire, SEVERAL } from './lane/attempt.js';
export {
  emptyLane,
  isLook,
  isWaitingUnsettled,
  wakeAt,
  type Asked,
  type Attempt,
  type AttemptKind,
  type Blocked,
  type FieldState,
  type Lane,
  type Link,
  type LockReason,
  type ReadPurpose,
  type Refusal,
  type Refused,
} from './lane/lane.js';
export { link, type CollectedEmployee } from './lane/link.js';
export { waitingFor, withLooks } from './lane/looks.js';
export { holdUpOf, record } from './lane/record.js';
export { settle } from './lane/settle.js';
export type { Answer, FieldChange, FoundAccount, NextRequest, Reading, Step, Task } from './lane/step.js';
export {
  reasons,
  waits,
  type Actor,
  type BlockReason,
  type CannotSend,
  type HoldUp,
  type Reason,
  type ReasonCode,
  type Rejection,
  type Wait,
  type WaitsFor,
} from './reasons.js';
