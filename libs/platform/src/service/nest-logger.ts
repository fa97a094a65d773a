import type { LoggerService } from '@nestjs/common';
import type { Logger } from '../logger.js';

type Level = 'fatal' | 'error' | 'warn' | 'debug' | 'trace';

/** Nest's own lines in our log. What Nest calls `log` is its chatter while it starts: debug. */
export const nestLogger = (logger: Logger): LoggerService => {
  const at =
    (level: Level) =>
    (message: unknown, ...rest: unknown[]): void => {
      // The last parameter is the class that speaks; an error comes first, or as a stack before the class.
      // An error's own text goes through the serializer alone, which masks what nobody may read.
      const context = rest.at(-1);
      const fields = { context: typeof context === 'string' ? context : undefined };
      if (message instanceof Error) logger[level]({ ...fields, err: message }, 'Nest reports an error');
      else logger[level](fields, typeof message === 'string' ? message : 'Nest says something that is not a text');
    };
  return {
    fatal: at('fatal'),
    error: at('error'),
    warn: at('warn'),
    log: at('debug'),
    debug: at('debug'),
    verbose: at('trace'),
  };
};
