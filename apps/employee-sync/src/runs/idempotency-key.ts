import { ProblemError } from '@huma-poweroffice/platform';

const LONGEST = 255;

/** @throws ProblemError 400 when the header is empty or longer than anybody needs */
export const idempotencyKey = (header: string | undefined): string | null => {
  if (header === undefined) return null;
  if (header.trim() !== '' && header.length <= LONGEST) return header;
  throw new ProblemError(400, 'validation', 'The request is not right.', {
    errors: [{ path: 'Idempotency-Key', message: `must be 1 to ${String(LONGEST)} characters` }],
  });
};
