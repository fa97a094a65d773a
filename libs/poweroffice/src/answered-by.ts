import type { ErrorAnswer } from './failure.js';

/**
 * Who wrote an answer:
 * - `poweroffice`: PowerOffice itself. Only its word decides about a value, a person or a privilege.
 * - `gateway`: Azure API Management, which stands in front of PowerOffice. It did not pass the request on.
 * - `page`: anything else on the way, such as a firewall, a load balancer or a maintenance page. It says nothing about
 *   what PowerOffice did with the request, whatever its status.
 */
export type AnsweredBy = 'poweroffice' | 'gateway' | 'page';

const ownMembers = ['title', 'detail', 'errors', 'error'];

/** @returns undefined: not JSON */
const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

/** The names of a JSON object's members in lower case; none of anything else. */
const membersOf = (json: unknown): ReadonlySet<string> =>
  new Set(
    typeof json === 'object' && json !== null && !Array.isArray(json)
      ? Object.keys(json).map((name) => name.toLowerCase())
      : [],
  );

/** PowerOffice's document declares 401, 403 and 429 without a body. Only the gateway limits the rate. */
const ofEmptyBody = ({ status, wwwAuthenticate }: ErrorAnswer): AnsweredBy => {
  const scheme = wwwAuthenticate?.trim().split(/\s/, 1)[0]?.toLowerCase() ?? '';
  if (status === 401 && scheme === 'azureapimanagementkey') return 'gateway';
  if (status === 401 && (scheme === '' || scheme === 'bearer')) return 'poweroffice';
  if (status === 403) return 'poweroffice';
  return status === 429 ? 'gateway' : 'page';
};

/**
 * Tells by the form of an answer who wrote it, never by its texts: problem details in either spelling (RFC 9457),
 * or the token endpoint's error (RFC 6749, 5.2), are PowerOffice's own; `statusCode` together with `message` is how Azure
 * API Management answers by itself. Any other JSON of a success is PowerOffice's. The content type is not looked at: no
 * page holds such JSON, and PowerOffice uses several.
 */
export const answeredBy = (answer: ErrorAnswer): AnsweredBy => {
  if (answer.body.trim() === '') return ofEmptyBody(answer);
  const json = parse(answer.body);
  if (json === undefined) return 'page';
  const members = membersOf(json);
  if (members.has('statuscode') && members.has('message')) return 'gateway';
  const success = answer.status >= 200 && answer.status < 300;
  return success || ownMembers.some((name) => members.has(name)) ? 'poweroffice' : 'page';
};
