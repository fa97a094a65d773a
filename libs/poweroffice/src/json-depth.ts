/** Deeper than anything that PowerOffice documents, and far from what ends a process. */
const DEEPEST = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const opening: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closing: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** @returns where the string that begins at `start` ends; -1 when it does not */
const endOfString = (json: string, start: number): number => {
  for (let end = json.indexOf('"', start + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    let escapes = 0;
    while (json.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return -1;
};

/**
 * Whether a text opens more arrays and objects inside each other than any answer needs. It is asked before the text is
 * parsed, because a few million brackets become objects that fill the heap. Brackets inside strings do not count.
 */
export const isTooDeep = (json: string, deepest = DEEPEST): boolean => {
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(json, at);
      if (at === -1) return false;
    } else if (opening.has(code)) {
      depth += 1;
      if (depth > deepest) return true;
    } else if (closing.has(code)) depth -= 1;
  }
  return false;
};

/** Reads a small JSON text, such as that of an error. @returns undefined when it is no JSON, or nested too deep */
export const parseShallow = (text: string): unknown => {
  const json = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (isTooDeep(json)) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};
