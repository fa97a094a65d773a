import { isDeepStrictEqual } from 'node:util';
import { invalid, Problem } from './problem.js';

interface Operation {
  op: string;
  path: string;
  value?: unknown;
}

const readOperations = (body: unknown): Operation[] => {
  if (!Array.isArray(body) || body.length === 0)
    throw invalid('patchDocument', 'A JSON Patch document is a list of operations.');
  return body.map((o: unknown) => {
    const { op, path } = (o ?? {}) as { op?: unknown; path?: unknown };
    if (typeof op !== 'string' || typeof path !== 'string')
      throw invalid('patchDocument', 'An operation has an op and a path.');
    return o as Operation;
  });
};

const spelling = (names: readonly string[], given: string): string | undefined =>
  names.find((name) => name.toLowerCase() === given.toLowerCase());

/**
 * Applies a JSON Patch (RFC 6902) of depth two; the letter case of paths does not count. All or nothing.
 * @returns the properties that were touched, with their new values
 */
export const applyPatch = (target: object, body: unknown): Record<string, unknown> => {
  const state = structuredClone(target) as Record<string, unknown>;
  const touched: Record<string, unknown> = {};
  for (const { op, path, value } of readOperations(body)) {
    const [, first = '', second] = path.split('/');
    const name = spelling(Object.keys(state), first);
    if (!name)
      throw new Problem(400, 'Bad Request', `The target location specified by path segment '${first}' was not found.`);
    let holder = state;
    let key = name;
    if (second !== undefined) {
      const child = state[name];
      if (Array.isArray(child) && second === '-') {
        state[name] = touched[name] = [...(child as unknown[]), value];
        continue;
      }
      if (typeof child !== 'object' || child === null) {
        throw new Problem(
          400,
          'Bad Request',
          `The target location specified by path segment '${second}' was not found.`,
        );
      }
      holder = child as Record<string, unknown>;
      const childKey = spelling(Object.keys(holder), second);
      if (!childKey)
        throw new Problem(
          400,
          'Bad Request',
          `The target location specified by path segment '${second}' was not found.`,
        );
      key = childKey;
    }
    if (op === 'test') {
      const same = isDeepStrictEqual(holder[key], value) || String(holder[key]) === String(value);
      if (!same)
        throw new Problem(400, 'Bad Request', `The current value at path '${path}' is not equal to the test value.`);
      continue;
    }
    if (op === 'remove') holder[key] = null;
    else if (op === 'add' || op === 'replace') holder[key] = value ?? null;
    else throw new Problem(400, 'Bad Request', `The operation '${op}' is not supported here.`);
    touched[name] = state[name];
  }
  return touched;
};
