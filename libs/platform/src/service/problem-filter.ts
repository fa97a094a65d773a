import { STATUS_CODES } from 'node:http';
import { HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { isTransient } from '../database.js';
import type { Logger } from '../logger.js';
import { ProblemError } from '../problem.js';

const RETRY_AFTER_SECONDS = 2;

/** A refusal by the framework. Its own text is left out: it may quote the request. */
const ofStatus = (status: number, cause: unknown): ProblemError => {
  const title = STATUS_CODES[status] ?? 'Error';
  const code = title.toLowerCase().replace(/[^a-z]+/g, '-');
  return new ProblemError(status, code, `${title}.`, { cause });
};

/** What is answered to somebody whose request ended in that error. */
export const problemOf = (error: unknown): ProblemError => {
  if (error instanceof ProblemError) return error;
  if (error instanceof HttpException && error.getStatus() !== 500) return ofStatus(error.getStatus(), error);
  if (isTransient(error)) {
    const title = 'This cannot be answered just now; it can be tried again.';
    return new ProblemError(503, 'temporarily-unavailable', title, { cause: error });
  }
  return new ProblemError(500, 'internal-error', 'Something went wrong on our side.', { cause: error });
};

const headersOf = ({ status, more: { retryAfterSeconds } }: ProblemError): Record<string, string> => ({
  'Content-Type': 'application/problem+json',
  ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
  ...(status === 503 || retryAfterSeconds !== undefined
    ? { 'Retry-After': String(retryAfterSeconds ?? RETRY_AFTER_SECONDS) }
    : {}),
});

/** Answers every error as a problem, and logs those that are ours. */
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const problem = problemOf(error);
    const fields = { err: problem.more.cause ?? problem, code: problem.code };
    if (problem.status === 503) this.logger.warn(fields, 'a request cannot be answered just now');
    else if (problem.status >= 500) this.logger.error(fields, 'a request failed');
    const response = host.switchToHttp().getResponse<Response>();
    // An answer that has begun, such as a stream, can only be broken off.
    if (response.headersSent) response.destroy();
    else response.status(problem.status).set(headersOf(problem)).send(JSON.stringify(problem.body()));
  }
}
