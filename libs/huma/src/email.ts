import { cleanText } from './text.js';

/** The form in which emails are matched: without spaces at the ends and invisible characters, in lower case. Idempotent. */
export const normalizeEmail = (text: string | null | undefined): string =>
  (cleanText(text) ?? '').toLowerCase().normalize('NFC');

const local = /^[^\s@"(),:;<>[\]\\.]+(\.[^\s@"(),:;<>[\]\\.]+)*$/u;
const label = /^[\p{L}\p{N}]([\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?$/u;

/**
 * Whether a text is one usable email address, by shape: a local part of at most 64 characters, a domain of at least
 * two labels, at most 254 together (RFC 5321). Letters of any script; no quoted local parts, no IP addresses.
 */
export const isEmail = (text: string | null | undefined): boolean => {
  const email = normalizeEmail(text);
  const at = email.lastIndexOf('@');
  const name = email.slice(0, Math.max(at, 0));
  const labels = email.slice(at + 1).split('.');
  return (
    email.length <= 254 &&
    name.length <= 64 &&
    local.test(name) &&
    labels.length >= 2 &&
    labels.every((part) => part.length <= 63 && label.test(part)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  );
};
