export type { Page, Unreadable } from './answer.js';
export { urlBatches } from './batches.js';
export { PageWalk, type NextPage } from './page-walk.js';
export {
  PowerOfficeClient,
  type BankAccountQuery,
  type Call,
  type ClientOptions,
  type EmployeeQuery,
  type PageOptions,
} from './poweroffice-client.js';
export type { EmployeeKey } from './read-model.js';
export { PowerOfficeTokenClient, type ApiKeys, type TokenOutcome } from './token-client.js';
