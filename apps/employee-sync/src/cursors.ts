import { decodeCursor, encodeCursor, invalidCursor } from '@huma-poweroffice/platform';
import { isUuid } from '@huma-poweroffice/platform/service';

type Check = (part: string | number) => boolean;

const isId: Check = (part) => isUuid(part);
/** As we write them, in years that PostgreSQL and JavaScript both know. */
const isMoment: Check = (part) =>
  typeof part === 'string' &&
  /^(19|20|21)\d{2}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(part) &&
  !Number.isNaN(Date.parse(part));
/** A bigint of the database's, as text. */
const isEntry: Check = (part) => typeof part === 'string' && /^\d{1,18}$/.test(part);
const isRow: Check = (part) => Number.isInteger(part) && Number(part) >= 0 && Number(part) < 2 ** 31;

/** @throws ProblemError 400 when it is not one that such a list answers */
const read = (cursor: string, ...checks: Check[]): (string | number)[] => {
  const place = decodeCursor(cursor, checks.length);
  if (place.every((part, at) => checks[at]?.(part))) return place;
  throw invalidCursor();
};

export const rowOf = (cursor: string | undefined): number =>
  cursor === undefined ? 0 : Number(read(cursor, isRow)[0]);

export const idOf = (cursor: string | undefined): string | null =>
  cursor === undefined ? null : String(read(cursor, isId)[0]);

export const entryIdOf = (cursor: string | undefined): string | undefined =>
  cursor === undefined ? undefined : String(read(cursor, isEntry)[0]);

export const momentOf = (cursor: string | undefined): { readonly begunAt: string; readonly id: string } | null => {
  if (cursor === undefined) return null;
  const [begunAt, id] = read(cursor, isMoment, isId);
  return { begunAt: new Date(String(begunAt)).toISOString(), id: String(id) };
};

/**
 * A page of a list, and where the next one begins.
 * @param found one more than the page holds, where there are so many
 */
export const pageOf = <T>(
  found: readonly T[],
  limit: number,
  placeOf: (last: T) => (string | number)[],
): { items: T[]; nextCursor: string | null } => {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? encodeCursor(placeOf(last)) : null };
};
