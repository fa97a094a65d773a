import { trace } from '@opentelemetry/api';
import { pino, type Logger as Pino } from 'pino';

/** A structured log: one JSON object a line, with the trace that it belongs to. */
export type Logger = Pino;

/** What must not be seen is not logged in the first place; this list is the second line of defence. */
const hidden = ['authorization', 'clientKey', 'clientSecret', 'password', 'token', 'accessToken'];

/** Errors of the class "data exception" quote the value that PostgreSQL could not take (its appendix A, class 22). */
const quotesAValue = (code: unknown): boolean => typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code);

/**
 * Type, code, message and where: nothing else. Drivers hang the refused row, the statement's parameters and whole
 * requests on their errors.
 */
const describeError = (error: unknown): unknown => {
  if (!(error instanceof Error)) return typeof error === 'object' ? { type: 'object' } : error;
  const { code } = error as { code?: unknown };
  const secretive = quotesAValue(code);
  // The stack begins with the message.
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    type: error.constructor.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: secretive ? 'a value that the database cannot take' : error.message,
    stack: frames.join('\n'),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
};

/** @param to where the lines go; standard output when not said */
export const createLogger = (service: string, level: string, to?: { write(line: string): void }): Logger => {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
    redact: { paths: [...hidden, ...hidden.map((name) => `*.${name}`), 'req.headers.authorization'], censor: '***' },
    mixin: () => {
      const span = trace.getActiveSpan()?.spanContext();
      return span ? { traceId: span.traceId, spanId: span.spanId } : {};
    },
  };
  return to ? pino(options, to) : pino(options);
};
