/**
 * Text as a person meant it: composed (NFC), without invisible characters (zero-width, direction marks, soft hyphens),
 * every run of white space (also non-breaking) and control characters one space, none at the ends. A lone surrogate,
 * which no database takes, becomes U+FFFD: `hasReplacement` finds it. Idempotent.
 * @returns null when nothing is left: an empty text is no value
 */
export const cleanText = (text: string | null | undefined): string | null => {
  const cleaned = (text ?? '')
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .normalize('NFC');
  return cleaned === '' ? null : cleaned;
};

/** Whether a clean text holds U+FFFD, which stands for a character that was lost: it can be shown, but not sent. */
export const hasReplacement = (text: string): boolean => text.includes('\ufffd');
