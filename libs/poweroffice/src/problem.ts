/** What an error body says, whichever of the API's spellings it uses. For people to read, never to decide by. */
export interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly fieldErrors?: readonly FieldError[];
}

export interface FieldError {
  readonly field: string;
  readonly messages: readonly string[];
}

const LONGEST = 500;
/** No more of a text is looked at, so that a huge one costs nothing. */
const LONGEST_READ = 4 * LONGEST;
const MOST_FIELDS = 50;

/**
 * A vendor's text without what may be personal in it: quoted values, emails and numbers of five digits or more are
 * masked, because PowerOffice repeats refused values in its texts.
 */
export const maskText = (text: string): string =>
  text
    .slice(0, LONGEST_READ)
    .replace(/(?<![\p{L}\p{N}])(['"“‘«])[^'"”’»\n]*['"”’»](?![\p{L}\p{N}])/gu, '$1…$1')
    .replace(/[^\s@,;:()<>]+@[^\s@,;:()<>]+/gu, '…@…')
    .replace(/\d(?:[\s.\-/]?\d){4,}/gu, '…')
    .slice(0, LONGEST);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

const shown = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? maskText(value.trim()) : undefined;

const readFieldErrors = (errors: unknown): FieldError[] | undefined => {
  if (!isRecord(errors)) return undefined;
  const list = Object.entries(errors)
    .slice(0, MOST_FIELDS)
    .map(([field, messages]) => ({
      field: maskText(field),
      messages: [messages].flat().flatMap((message) => shown(message) ?? []),
    }));
  return list.length > 0 ? list : undefined;
};

/**
 * Reads the body of an error: RFC 9457 in PascalCase or camelCase, ASP.NET's `errors`, the gateway's `message`, OAuth's
 * `error`. A body that is none of these, or no JSON at all, says nothing. Texts are masked and cut.
 */
export const readProblem = (body: string): Problem => {
  const parsed = parse(body);
  if (!isRecord(parsed)) return {};
  const members = new Map(Object.entries(parsed).map(([name, value]) => [name.toLowerCase(), value]));
  const title = shown(members.get('title')) ?? shown(members.get('error'));
  const detail =
    shown(members.get('detail')) ?? shown(members.get('error_description')) ?? shown(members.get('message'));
  const fieldErrors = readFieldErrors(members.get('errors'));
  return {
    ...(title !== undefined && { title }),
    ...(detail !== undefined && { detail }),
    ...(fieldErrors && { fieldErrors }),
  };
};
