import { context, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from '../logger.js';
import type { AuthenticatedRequest } from './access.js';
import { metrics } from './metrics.js';
import { openSpan } from './tracing.js';

/** What proxies call an answer that nobody waited for. */
const CLIENT_CLOSED_REQUEST = 499;

/** The template, `/v1/connections/:id`: never the address itself. */
const routeOf = (request: Request): string => {
  const { path } = (request.route ?? {}) as { path?: unknown };
  return typeof path === 'string' ? path : 'unmatched';
};
const statusOf = (response: Response): number =>
  response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST;

/**
 * The trace that a request belongs to. Only callers with a valid token may name one: it decides which ids are in our logs,
 * and its flags whether the request is in our traces at all.
 */
const parentOf = ({ caller, headers }: AuthenticatedRequest): string | undefined =>
  caller === undefined ? undefined : (headers['traceparent'] as string | undefined);

/** A span, a measurement and a log line for each request. */
export const observeRequests = (logger: Logger): RequestHandler => {
  const duration = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'From the moment at which the caller is known to the end of the answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  return (request, response, next) => {
    const began = performance.now();
    const { method } = request;
    const { span, inside } = openSpan(method, { kind: SpanKind.SERVER }, parentOf(request));
    const ended = (): void => {
      const [route, status, ms] = [routeOf(request), statusOf(response), performance.now() - began];
      duration.observe({ method, route, status }, ms / 1000);
      span.updateName(`${method} ${route}`);
      span.setAttributes({ 'http.request.method': method, 'http.route': route, 'http.response.status_code': status });
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      logger.debug({ method, route, status, ms: Math.round(ms) }, 'answered');
      span.end();
    };
    response.once('close', context.bind(inside, ended));
    context.with(inside, next);
  };
};
