import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { ProblemError, type FieldError } from '../problem.js';

/** Beyond these nobody reads on, and the answer would outgrow the request. */
const MOST_ERRORS = 100;

const flatten = (errors: readonly ValidationError[], parent: string): FieldError[] =>
  errors.flatMap((error) => {
    const path = parent === '' ? error.property : `${parent}.${error.property}`;
    const own = Object.values(error.constraints ?? {}).map((message) => ({ path, message }));
    return [...own, ...flatten(error.children ?? [], path)];
  });

/** Every mistake with its path, `settings.mail.recipients.0`. */
export const fieldErrors = (errors: readonly ValidationError[]): FieldError[] =>
  flatten(errors, '').slice(0, MOST_ERRORS);

/** Checks bodies and queries against their DTOs: all mistakes at once, what the DTO does not know is a mistake too. */
export const validationPipe = (): ValidationPipe =>
  new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors: ValidationError[]) =>
      new ProblemError(400, 'validation', 'The request is not right.', { errors: fieldErrors(errors) }),
  });
