import { createHash } from 'node:crypto';
import { normalizeEmail } from '@huma-poweroffice/huma';

/** A key of bounded length by which two spellings of one email address are equal. */
export const emailKey = (email: string): string =>
  createHash('sha256').update(normalizeEmail(email)).digest('base64url');
