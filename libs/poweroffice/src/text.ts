/**
 * Text of PowerOffice's as a person meant it, by the same rules as text of Huma's: composed (NFC), without invisible and
 * control characters, every run of white space one space, none at the ends. A lone surrogate becomes U+FFFD. Idempotent.
 * @returns null when nothing is left: an empty text is no value
 */
export const cleanShownText = (text: string): string | null => {
  const cleaned = text
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .normalize('NFC');
  return cleaned === '' ? null : cleaned;
};
