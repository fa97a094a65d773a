import { createHash } from 'node:crypto';

/** One thing that a run would do. Its kind says what the rest means, so that further kinds change nothing here. */
export interface PlanItem {
  readonly kind: string;
  readonly userId: string | null;
  readonly employeeId: string | null;
  readonly [more: string]: string | number | boolean | null;
}

export interface Plan {
  readonly planId: string;
  readonly planHash: string;
  readonly links: number;
}

/** The evidence of an item as text: the same evidence is the same text. */
export const canonicalProof = (proof: object): string =>
  JSON.stringify(Object.entries(proof).sort(([a], [b]) => (a < b ? -1 : 1)));

const canonical = (item: PlanItem): string =>
  JSON.stringify(
    Object.keys(item)
      .sort()
      .map((key) => [key, item[key]]),
  );

/** SHA-256 of what a plan would do; neither the order of its items nor that of their keys counts. */
export const planHash = (items: readonly PlanItem[]): string => {
  const hash = createHash('sha256');
  for (const line of items.map(canonical).sort()) hash.update(`${line}\n`);
  return hash.digest('hex');
};
