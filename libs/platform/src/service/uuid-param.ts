import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { ProblemError } from '../problem.js';

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a value is a UUID as text, in any letter case and of any version. */
export const isUuid = (value: unknown): value is string => typeof value === 'string' && pattern.test(value);

/** Reads a path parameter as an id, in small letters; anything else is 400: `@Param('id', uuidParam) id: string`. */
export const uuidParam: PipeTransform<unknown, string> = {
  transform: (value: unknown, metadata: ArgumentMetadata) => {
    if (isUuid(value)) return value.toLowerCase();
    throw new ProblemError(400, 'validation', 'The request is not right.', {
      errors: [{ path: metadata.data ?? '', message: 'must be a UUID' }],
    });
  },
};
