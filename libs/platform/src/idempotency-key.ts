import { ProblemError } from './problem.js';

/**
 * The header `Idempotency-Key`: the same one with the same request is done once.
 * @throws ProblemError 400 when it is not 1 to 200 visible characters
 */
export const idempotencyKey = (header: string | undefined): string | undefined => {
  if (header === undefined || /^[\x21-\x7e]{1,200}$/.test(header)) return header;
  throw new ProblemError(400, 'validation', 'The request is not right.', {
    errors: [{ path: 'Idempotency-Key', message: 'must be 1 to 200 characters without spaces' }],
  });
};
