import type { Watched } from './ghosts.js';

/** Account numbers that pass the check of their last digit. */
const accounts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((n) => {
  const start = `1503${String(n)}12345`;
  const sum = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2].reduce((s, w, i) => s + w * Number(start[i]), 0) % 11;
  return sum === 1 ? [] : [`${start}${String((11 - sum) % 11)}`];
});

/** Values of Huma's are mapped by the real rules, so they are real phone numbers and account numbers. */
export const valueOf = (field: Watched, n: number): string => {
  if (field === 'givenName') return `name ${String(n)}`;
  return field === 'phone' ? `+479000000${String(n % 10)}` : (accounts[n % 5] as string);
};

/** A value that a clerk types, used once. */
export const clerkValueOf = (field: Watched, n: number): string => {
  if (field === 'givenName') return `clerk ${String(n)}`;
  return field === 'phone' ? `+4741${String(100_000 + n)}` : `9${String(1e9 + n)}`;
};

/** The phone number that PowerOffice refuses while it refuses anything. */
export const refusedPhone = valueOf('phone', 3);
