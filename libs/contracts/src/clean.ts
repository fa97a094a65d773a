/**
 * Texts, ids and moments of a message in the one form in which the product stores and compares them. They are cleaned once,
 * where a message is read; everything behind that may rely on it.
 */

/** Only printable ASCII: nothing to clean. Most texts are. */
const plain = /^[\x20-\x7e]*$/;
const whiteSpaceControls = /[\t\n\v\f\r\u0085]/g;
const controls = /\p{Cc}/gu;
/** With the flag `u` a pair of surrogates is one character, so this matches only lone ones. */
const loneSurrogates = /\p{Surrogate}/gu;

/**
 * Text that any UTF-8 database can store, in NFC: control characters are dropped (those that are white space become a
 * space), and lone surrogates become U+FFFD, so that a reader sees that something was lost. Idempotent; never shortens a
 * text otherwise.
 */
export const storableText = (text: string): string =>
  plain.test(text)
    ? text
    : text.replace(whiteSpaceControls, ' ').replace(controls, '').replace(loneSurrogates, '\uFFFD').normalize('NFC');

const spelledUuid =
  /^(?:urn:uuid:)?(?:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|\{([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\})$/i;

/**
 * A UUID in its canonical spelling: lower case, without a prefix or braces (RFC 9562, 4).
 * @returns null when the text is not a UUID in any of the usual spellings
 */
export const canonicalUuid = (text: string): string | null => {
  const found = spelledUuid.exec(text);
  return (found?.[1] ?? found?.[2])?.toLowerCase() ?? null;
};

const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const dateTime = /^\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:z|[+-]\d{2}:?\d{2})$/i;

/** Whether a text is a moment that exists, with an offset, between the years 1900 and 9999. */
export const isMoment = (text: string): boolean => {
  if (!dateTime.test(text)) return false;
  const moment = Date.parse(text);
  // A day that a month does not have is taken for one of the next month.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return (
    moment >= EARLIEST &&
    moment <= LATEST &&
    !Number.isNaN(day.getTime()) &&
    day.getUTCDate() === Number(text.slice(8, 10))
  );
};

/**
 * The type of an event as it may be shown: a name in small letters and a major version, at most 100 characters. Whoever
 * publishes to a topic can put anything into the header, also a personal value, so nothing else is ever shown.
 */
export const shownEventType = (type: string): string =>
  type.length <= 100 && /^[a-z]+(?:[.-][a-z]+)*(?:\.v\d{1,3})?$/.test(type) ? type : 'not-shown';
