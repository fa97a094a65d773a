import { trace } from '@opentelemetry/api';
import { pino, type Logger as Pino } from 'pino';

/** A structured log: one JSON object a line, with the trace that it belongs to. */
export type Logger = Pino;

/** What must not be seen is not logged in the first place; this list is the second line of defence. */
const hidden = ['authorization', 'clientKey', 'clientSecret', 'password', 'token', 'accessToken'];

export const createLogger = (service: string, level: string): Logger =>
  pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: [...hidden, ...hidden.map((name) => `*.${name}`), 'req.headers.authorization'], censor: '***' },
    mixin: () => {
      const span = trace.getActiveSpan()?.spanContext();
      return span ? { traceId: span.traceId, spanId: span.spanId } : {};
    },
  });
