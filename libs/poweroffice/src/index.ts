export {
  addressKey,
  addressLimits,
  addressPatch,
  checkAddress,
  sameAddress,
  setOrRemove,
  type AddressParts,
  type CheckedAddress,
} from './address.js';
export type { AnsweredBy } from './answered-by.js';
export {
  isBic,
  normalizeAccountNumber,
  normalizeBic,
  parseIban,
  parseNorwegianAccount,
  type ParsedAccount,
  type ParsedIban,
} from './bank-account.js';
export { readDate } from './date.js';
export { employeeSeries, toEmployeeNumber, type EmployeeNumber, type NumberSeries } from './employee-number.js';
export {
  classify,
  readRetryAfter,
  type Effect,
  type ErrorAnswer,
  type Failure,
  type FailureCode,
  type FailureKind,
  type TransportFailure,
} from './failure.js';
export { employeeFields, fieldAbilities, type Ask, type EmployeeField, type FieldAbility } from './field-abilities.js';
export { isHidden } from './hidden.js';
export { isInt64, sameNumber, type Int64 } from './int64.js';
export type {
  ClientIntegrationInformation,
  ContactBankAccount,
  Employee,
  Gender,
  MailAddress,
  SubLedgerNumberSeries,
} from './model.js';
export { parseNationalId, sameNationalId, type ParsedNationalId } from './national-id.js';
export { failedRead, failedWrite, type ReadOutcome, type WriteOutcome } from './outcome.js';
export { maskText, readProblem, type FieldError, type Problem } from './problem.js';
export type {
  ContactBankAccountPost,
  EmployeePost,
  JsonPatchOperation,
  JsonValue,
  MailAddressPost,
} from './write-model.js';
