/** What a parsed JSON value holds that must not be there, and where. */
export interface Unusable {
  readonly path: string;
  readonly reason: 'too-deep' | 'reserved-name';
}

/**
 * Names that every object answers to. Nest and class-transformer drop them in silence, so nobody would learn of the mistake;
 * some of them also change an object's prototype.
 */
const isReserved = (name: string): boolean => name in Object.prototype || name === 'prototype';

/**
 * Finds the first place of a parsed JSON value that is nested too deeply or has a reserved name.
 * @param deepest how many arrays and objects may be open inside each other
 */
export const unusableKey = (value: unknown, deepest: number, path = ''): Unusable | null => {
  if (typeof value !== 'object' || value === null) return null;
  if (deepest === 0) return { path, reason: 'too-deep' };
  for (const [name, inner] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (!Array.isArray(value) && isReserved(name)) return { path: at, reason: 'reserved-name' };
    const found = unusableKey(inner, deepest - 1, at);
    if (found) return found;
  }
  return null;
};
