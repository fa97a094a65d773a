/** A 64-bit integer as decimal digits: a JavaScript number would lose some of them. */
export type Int64 = string;

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/** Whether a text is a 64-bit integer in its one spelling: no plus sign, no leading zeros, no minus zero. */
export const isInt64 = (text: string): text is Int64 => {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return false;
  const number = BigInt(text);
  return number >= MIN && number <= MAX;
};

const digits = /^\d+$/;

/** Equality as numbers where both are (`00123` equals `123`), else as texts without white space at the ends. */
export const sameNumber = (a: string, b: string): boolean => {
  const [x, y] = [a.trim(), b.trim()];
  return digits.test(x) && digits.test(y) ? stripZeros(x) === stripZeros(y) : x === y;
};

const stripZeros = (text: string): string => text.replace(/^0+(?=\d)/, '');
