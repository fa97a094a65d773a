export { isCleanText } from './clean-text.js';
export {
  commonSettings,
  ConfigError,
  flag,
  integer,
  list,
  oneOf,
  optional,
  parseConfig,
  port,
  secret,
  text,
  url,
  type ConfigOf,
  type Setting,
  type Settings,
} from './config.js';
export { Database, isTransient, Notifications, type DatabaseOptions, type Tx } from './database.js';
export { idempotencyKey } from './idempotency-key.js';
export { Keyring } from './keyring.js';
export { createLogger, type Logger } from './logger.js';
export {
  decodeCursor,
  encodeCursor,
  etag,
  invalidCursor,
  notFound,
  ProblemError,
  requireIfMatch,
  type FieldError,
} from './problem.js';
export { Secret } from './secret.js';
export { ServiceToken, type ServiceTokenOptions } from './service-token.js';
export { TokenVerifier, type Principal } from './token-verifier.js';
