import { isUtf8 } from 'node:buffer';
import { json, type Request, type Response } from 'express';
import { ProblemError } from '../problem.js';
import { unusableKey } from './unusable-key.js';

/** In bytes, after decompression. */
export const MAX_BODY = 256 * 1024;
/** How many arrays and objects a body may open inside each other. */
export const MAX_DEPTH = 32;

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
/** JSON in UTF-8: another character set must not be decoded, whatever the parser knows. */
const saysJson = ({ headers }: Request): boolean =>
  /^application\/(?:[\w.-]+\+)?json *(?:; *charset="?utf-?8"? *)?$/i.test(headers['content-type'] ?? '');

const wrongType = (cause?: unknown): ProblemError =>
  new ProblemError(415, 'unsupported-media-type', 'A body must be application/json, in UTF-8.', { cause });
const badJson = (): ProblemError => new ProblemError(400, 'bad-json', 'The body is not JSON.');

/** The parser's own texts quote the body: only the kind of error is used. */
const bodyProblem = (error: unknown): unknown => {
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') {
    return new ProblemError(413, 'body-too-large', `A body may have ${String(MAX_BODY)} bytes.`);
  }
  if (type === 'entity.verify.failed') return badJson();
  if (status === 415) return wrongType();
  if (status === 400) return badJson();
  return error;
};

/** @throws Error of the parser's kind `entity.verify.failed`, when the bytes are not UTF-8 */
const verify = (_request: unknown, _response: unknown, bytes: Buffer): void => {
  if (!isUtf8(bytes)) throw new Error('not UTF-8');
};

const parse = json({ limit: MAX_BODY, type: () => true, verify });

/** @throws ProblemError 400 for what must not reach a transformer that calls itself for every level and skips some keys */
const refuseUnusable = (body: unknown): void => {
  const found = unusableKey(body, MAX_DEPTH);
  if (found === null) return;
  const message =
    found.reason === 'too-deep' ? `must not be nested deeper than ${String(MAX_DEPTH)}` : 'must not be there';
  throw new ProblemError(400, 'validation', 'The request is not right.', { errors: [{ path: found.path, message }] });
};

/**
 * Reads the JSON body of a request into `request.body`; a request without a body is left as it is.
 * @throws ProblemError 400, 413 or 415
 */
export const readJsonBody = async (request: Request, response: Response): Promise<void> => {
  if (!hasBody(request)) return;
  if (!saysJson(request)) throw wrongType();
  await new Promise<void>((done, failed) => {
    parse(request, response, (error?: unknown) => {
      if (error === undefined) done();
      else failed(bodyProblem(error) as Error);
    });
  });
  refuseUnusable(request.body);
};
