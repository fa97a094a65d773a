import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import type { Keyring } from '@huma-poweroffice/platform';

/** A person as it is stored: what may be searched, and national ids and bank accounts sealed beside it. */
export interface SealedPerson {
  readonly profile: string | null;
  readonly sensitive: Buffer | null;
}

const contextOf = (userId: string): string => `person:${userId}`;

export const sealPerson = (userId: string, user: HumaUserMessage | null, keyring: Keyring): SealedPerson => {
  if (!user) return { profile: null, sensitive: null };
  const { identifications, bankAccount, ...profile } = user;
  const sensitive = JSON.stringify({ identifications, bankAccount });
  return {
    profile: JSON.stringify(profile),
    sensitive: sensitive === '{}' ? null : keyring.seal(sensitive, contextOf(userId)),
  };
};

/** @returns null when the person was deleted */
export const openPerson = (
  userId: string,
  profile: object | null,
  sensitive: Buffer | null,
  keyring: Keyring,
): HumaUserMessage | null => {
  if (!profile) return null;
  const opened = sensitive
    ? (JSON.parse(keyring.open(sensitive, contextOf(userId)).toString('utf8')) as Partial<HumaUserMessage>)
    : {};
  return { ...(profile as HumaUserMessage), ...opened };
};
