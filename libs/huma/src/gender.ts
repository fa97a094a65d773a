import { cleanText } from './text.js';

/** `custom` stands for any free text: what it says is nobody's business but Huma's. */
export type Gender = 'Male' | 'Female' | 'custom';

/**
 * Huma's gender: `Male`, `Female` (in any letter case, since imports and the API accept any text) or a free text.
 * @returns null when there is none
 */
export const parseGender = (text: string | null | undefined): Gender | null => {
  const cleaned = cleanText(text)?.toLowerCase();
  if (cleaned === undefined) return null;
  if (cleaned === 'male') return 'Male';
  return cleaned === 'female' ? 'Female' : 'custom';
};
