/**
 * Text as a person meant it: composed (NFC), without invisible characters (zero-width, direction marks, soft
 * hyphens), every run of white space (also non-breaking) one space, none at the ends. Idempotent.
 * @returns null when nothing is left: an empty text is no value
 */
export const cleanText = (text: string | null | undefined): string | null => {
  const cleaned = (text ?? '')
    .replace(/\p{Cf}/gu, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .normalize('NFC');
  return cleaned === '' ? null : cleaned;
};
