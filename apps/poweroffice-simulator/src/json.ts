import { parse, stringify } from 'lossless-json';

const toNumber = (text: string): number | bigint => {
  const n = Number(text);
  return !/^-?\d+$/.test(text) || Number.isSafeInteger(n) ? n : BigInt(text);
};

/** JSON in which an int64 is never rounded: a bigint where a number would be. */
export const parseJson = (text: string): unknown =>
  /\d{16}/.test(text) ? parse(text, undefined, { parseNumber: toNumber }) : JSON.parse(text);

export const toJson = (value: unknown): string => {
  try {
    return JSON.stringify(value);
  } catch {
    return stringify(value) ?? 'null';
  }
};
