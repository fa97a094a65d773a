export { parseDate, type ParsedDate } from './date.js';
export { isEmail, normalizeEmail } from './email.js';
export {
  classifyHuma,
  failedHumaRead,
  failedHumaWrite,
  type HumaAnsweredBy,
  type HumaErrorAnswer,
  type HumaFailure,
  type HumaFailureCode,
  type HumaFailureKind,
  type HumaReadOutcome,
  type HumaTransportFailure,
  type HumaWriteOutcome,
} from './failure.js';
export { parseGender, type Gender } from './gender.js';
export {
  toAddress,
  toBankAccount,
  toPerson,
  type Address,
  type BankAccount,
  type Identification,
  type Person,
} from './person.js';
export { parsePhone, type ParsedPhone } from './phone.js';
export { cleanText, hasReplacement } from './text.js';
export type { HumaAddress, HumaBankAccount, HumaIdentification, HumaUser } from './user.js';
export type { UserDetailsInput, UserInput } from './write-model.js';
