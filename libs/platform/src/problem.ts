import { isCleanText } from './clean-text.js';

/** One mistake in a request: where (a path such as `settings.mail.recipients.0`) and what. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** A refusal as RFC 9457 describes one; its code is stable, its texts hold no personal value. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly more: {
      readonly detail?: string;
      readonly errors?: readonly FieldError[];
      /** Further members of the body, for programs. */
      readonly members?: Readonly<Record<string, string>>;
      /** The value of the header Retry-After. */
      readonly retryAfterSeconds?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(title, { cause: more.cause });
  }

  /** The body of the answer, `application/problem+json`. */
  body(): object {
    const { status, code, title, more } = this;
    const { detail, errors, members } = more;
    return {
      ...members,
      type: `about:blank#${code}`,
      title,
      status,
      code,
      ...(detail ? { detail } : {}),
      ...(errors ? { errors } : {}),
    };
  }
}

/** 404 for what is not there and for what is another organisation's alike: nobody learns which. */
export const notFound = (what: string): ProblemError => new ProblemError(404, 'not-found', `There is no such ${what}.`);

/** The entity tag of a version. */
export const etag = (version: number): string => `"${String(version)}"`;

/** The version in `"7"`, `W/"7"` (the form after a compressing proxy) or a bare `7`; null for other tags. */
const versionTag = (tag: string): string | null =>
  /^(?:W\/)?(?:"(\d+)"|(\d+))$/.exec(tag)?.slice(1).find(Boolean) ?? null;

/**
 * Tags are version numbers and are compared weakly (RFC 9110, 8.8.3.2), because proxies weaken them.
 * @throws ProblemError 428 when the header is missing, 412 when somebody else has changed the thing meanwhile
 */
export const requireIfMatch = (header: string | undefined, version: number): void => {
  if (header === undefined) throw new ProblemError(428, 'if-match-required', 'Say which version you saw, in If-Match.');
  const tags = header.split(',').map((tag) => tag.trim());
  if (!tags.some((tag) => tag === '*' || versionTag(tag) === String(version))) {
    throw new ProblemError(412, 'changed-meanwhile', 'Somebody else has changed this meanwhile.');
  }
};

/** A place in a list that only this service can read. */
export const encodeCursor = (place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url');

/** 400 for a cursor that is not one of the list's. */
export const invalidCursor = (): ProblemError =>
  new ProblemError(400, 'invalid-cursor', 'The cursor is not one that this list has answered.', {
    errors: [{ path: 'cursor', message: 'is not one that this list has answered' }],
  });

/** @throws ProblemError 400 when it is not one of ours, or not of that length */
export const decodeCursor = (cursor: string, length: number): (string | number)[] => {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const fits =
      Array.isArray(place) &&
      place.length === length &&
      place.every((p) => (typeof p === 'string' && isCleanText(p)) || typeof p === 'number');
    if (fits) return place as (string | number)[];
  } catch {
    // Falls through: whatever it is, it is not a cursor.
  }
  throw invalidCursor();
};
