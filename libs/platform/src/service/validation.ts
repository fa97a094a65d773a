import { ValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { ProblemError, type FieldError } from '../problem.js';
import { unusableKey } from './unusable-key.js';

/** Beyond these nobody reads on, and the answer would outgrow the request. */
const MOST_ERRORS = 100;

/** Paths and messages hold names that the caller chose, and a name may be as long as a body. */
const LONGEST = 200;
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

const flatten = (errors: readonly ValidationError[], parent: string): FieldError[] =>
  errors.flatMap((error) => {
    const path = parent === '' ? error.property : `${parent}.${error.property}`;
    const own = Object.values(error.constraints ?? {}).map((message) => ({ path, message }));
    return [...own, ...flatten(error.children ?? [], path)];
  });

/** Every mistake with its path, `settings.mail.recipients.0`. */
export const fieldErrors = (errors: readonly ValidationError[]): FieldError[] =>
  flatten(errors, '').slice(0, MOST_ERRORS);

const notRight = (errors: readonly FieldError[]): ProblemError =>
  new ProblemError(400, 'validation', 'The request is not right.', {
    errors: errors.map(({ path, message }) => ({ path: cut(path), message: cut(message) })),
  });

/**
 * Checks bodies and queries against their DTOs: all mistakes at once, what the DTO does not know is a mistake too. The names
 * that Nest would drop in silence are mistakes in queries as well; bodies are checked for them when they are read.
 */
export const validationPipe = (): PipeTransform => {
  const checked = new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors: ValidationError[]) => notRight(fieldErrors(errors)),
  });
  return {
    transform: (value: unknown, metadata: ArgumentMetadata): unknown => {
      const found = metadata.type === 'query' ? unusableKey(value, 2) : null;
      if (found) throw notRight([{ path: found.path, message: 'must not be there' }]);
      return checked.transform(value, metadata);
    },
  };
};
