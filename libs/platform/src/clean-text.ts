/** For a regular expression with the flag `u`: what {@link isCleanText} refuses, as the inside of a character class. */
export const UNCLEAN_CHARACTERS =
  '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Noncharacter_Code_Point}\\p{Default_Ignorable_Code_Point}';

const unclean = new RegExp(`[${UNCLEAN_CHARACTERS}]`, 'u');

/**
 * Whether a text can be stored, compared and shown as it is: well-formed Unicode without control characters, lone
 * surrogates, bidirectional and other format characters, separators of lines and paragraphs, and characters that Unicode
 * lets every reader ignore. It is the one rule for every free text that comes in over HTTP, and for names in access tokens.
 */
export const isCleanText = (text: string): boolean => !unclean.test(text);
