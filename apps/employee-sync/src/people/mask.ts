import type { Field, Json } from '@huma-poweroffice/sync-rules';

/** Fields whose values are never shown whole. */
const sensitive: ReadonlySet<Field> = new Set(['nationalId', 'bankAccount']);

const maskText = (text: string): string => (text.length <= 6 ? '•••' : `•••${text.slice(-2)}`);

/** A value as people may see it: of national ids and bank accounts only the last two characters. */
export const mask = (field: Field, value: Json | undefined): Json | null => {
  if (value === undefined) return null;
  if (!sensitive.has(field) || value === null) return value;
  if (typeof value === 'string') return maskText(value);
  const { number, iban } = value as { number?: Json; iban?: Json };
  const text = typeof number === 'string' ? number : iban;
  return typeof text === 'string' ? maskText(text) : '•••';
};
