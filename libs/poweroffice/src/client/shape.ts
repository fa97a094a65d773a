import { isInt64, type Int64 } from '../int64.js';

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

/** Reads a member of a JSON object. A missing member is an empty one. @throws ShapeError */
export type Reader<T> = (object: Json, name: string) => T;

export const object = (value: unknown, name: string): Json => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ShapeError(name);
  return value as Json;
};

export const text: Reader<string | null> = (from, name) => {
  const value = from[name] ?? null;
  if (value !== null && typeof value !== 'string') throw new ShapeError(name);
  return value;
};

export const flag: Reader<boolean> = (from, name) => {
  const value = from[name] ?? false;
  if (typeof value !== 'boolean') throw new ShapeError(name);
  return value;
};

/** A JSON number, or the same digits as a text. */
export const int64: Reader<Int64 | null> = (from, name) => {
  const value = from[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'string') throw new ShapeError(name);
  const digits = String(value);
  if (!isInt64(digits)) throw new ShapeError(name);
  return digits;
};

export const texts: Reader<string[]> = (from, name) => {
  const value = from[name] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw new ShapeError(name);
  return value;
};

export const nested =
  <T>(read: (object: Json) => T): Reader<T | null> =>
  (from, name) => {
    const value = from[name] ?? null;
    return value === null ? null : read(object(value, name));
  };

export const required =
  <T>(read: Reader<T | null>): Reader<T> =>
  (from, name) => {
    const value = read(from, name);
    if (value === null) throw new ShapeError(name);
    return value;
  };
