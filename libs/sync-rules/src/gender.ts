import { parseGender } from '@huma-poweroffice/huma';
import type { Gender } from '@huma-poweroffice/poweroffice';

/**
 * Huma's gender as PowerOffice can hold it: `Male`, `Female`, or unspecified (null), which is also what a free text is
 * there. Never `Hidden`, which is no value.
 */
export const genderToPowerOffice = (text: string): 'Male' | 'Female' | null => {
  const gender = parseGender(text);
  return gender === 'custom' ? null : gender;
};

/** A gender that Huma may take from PowerOffice, or why what Huma has stays. */
export type GenderForHuma =
  { readonly take: 'Male' | 'Female' } | { readonly leave: 'unspecified-in-poweroffice' | 'hidden-in-poweroffice' };

/** PowerOffice's gender on its way to Huma: an unspecified one never changes Huma, a hidden one is not known. */
export const genderToHuma = (gender: Gender | null): GenderForHuma => {
  if (gender === null) return { leave: 'unspecified-in-poweroffice' };
  return gender === 'Hidden' ? { leave: 'hidden-in-poweroffice' } : { take: gender };
};
