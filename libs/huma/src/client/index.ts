export {
  HumaClient,
  type GroupQuery,
  type HumaCall,
  type HumaClientOptions,
  type HumaCredentials,
  type HumaTokenOutcome,
  type UserQuery,
} from './huma-client.js';
export type { Group, Page, UserDetails, UserSummary } from './read-model.js';
