/** A value of the wrong type; it says where, and never what. */
export class ShapeError extends Error {
  constructor(readonly field: string) {
    super(`unexpected type of ${field}`);
  }
}

/** A value that is well formed, but about something else than what was asked for; it says where, and never what. */
export class MisfitError extends Error {
  constructor(readonly field: string) {
    super(`${field} is not what was asked for`);
  }
}

export type Json = Readonly<Record<string, unknown>>;

export const object = (value: unknown, name: string): Json => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ShapeError(name);
  return value as Json;
};

/** A text or nothing; a missing member is nothing. */
export const text = (value: unknown, name: string): string | null => {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new ShapeError(name);
  return value;
};

export const requiredText = (value: unknown, name: string): string => {
  const read = text(value, name);
  if (read === null) throw new ShapeError(name);
  return read;
};

export const flag = (value: unknown, name: string): boolean => {
  if (typeof value !== 'boolean') throw new ShapeError(name);
  return value;
};

export const list = <T>(value: unknown, name: string, read: (item: Json) => T): T[] => {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new ShapeError(name);
  return value.map((item) => read(object(item, name)));
};
