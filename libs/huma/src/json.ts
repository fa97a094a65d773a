/** Deeper than anything that Huma documents, and far from what ends a process. */
const DEEPEST = 32;

/** Brackets inside strings do not count. */
const isTooDeep = (json: string): boolean => {
  let depth = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
};

/**
 * Reads JSON, also behind a byte order mark. What is nested deeper than any answer is refused before it becomes objects,
 * because a million brackets fill the heap.
 * @throws SyntaxError
 */
export const parseJson = (text: string): unknown => {
  const json = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (isTooDeep(json)) throw new SyntaxError('nested too deep');
  return JSON.parse(json);
};
