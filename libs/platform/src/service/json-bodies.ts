import { json, type Request, type RequestHandler } from 'express';
import { ProblemError } from '../problem.js';

/** In bytes. */
export const MAX_BODY = 256 * 1024;

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
const saysJson = ({ headers }: Request): boolean =>
  /^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(headers['content-type'] ?? '');

const wrongType = (cause?: unknown): ProblemError =>
  new ProblemError(415, 'unsupported-media-type', 'A body must be application/json, in UTF-8.', { cause });

/** The parser's own texts quote the body: only the kind of error is used. */
const bodyProblem = (error: unknown): unknown => {
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') {
    return new ProblemError(413, 'body-too-large', `A body may have ${String(MAX_BODY)} bytes.`);
  }
  if (status === 415) return wrongType();
  if (status === 400) return new ProblemError(400, 'bad-json', 'The body is not JSON.');
  return error;
};

/** Reads JSON bodies, and refuses all others. */
export const jsonBodies = (): RequestHandler => {
  const parse = json({ limit: MAX_BODY, type: () => true });
  return (request, response, next) => {
    if (!hasBody(request)) next();
    else if (!saysJson(request)) next(wrongType());
    else
      parse(request, response, (error?: unknown) => {
        next(error === undefined ? undefined : bodyProblem(error));
      });
  };
};
