import { judgeLink, type LinkSeen } from './judge-link.js';
import type { ItemKind, Proofs } from './proof.js';

/** An item of a plan, with the evidence that the administrator reviewed. */
export interface ProvenItem<K extends ItemKind> {
  readonly kind: K;
  readonly userId: string;
  readonly employeeId: string;
  readonly proof: Proofs[K];
}

/** What is true of an item of each kind at the moment of its execution. */
interface SeenOf {
  readonly link: LinkSeen;
}

/** What a judge answers. `done`: there is nothing left to do; `busy`: it can be judged in a moment. */
export type Judgement = { readonly kind: 'holds' } | NotHolding;

type NotHolding =
  { readonly kind: 'done' | 'busy' } | { readonly kind: 'changed-since-review'; readonly reason: string };

declare const passed: unique symbol;

/** An item whose evidence still holds. Only the gate makes one, and executors take nothing else. */
export interface Cleared<K extends ItemKind, Item extends ProvenItem<K> = ProvenItem<K>> {
  readonly [passed]: K;
  readonly item: Item;
  readonly seen: SeenOf[K];
}

export type Verdict<K extends ItemKind, Item extends ProvenItem<K> = ProvenItem<K>> =
  { readonly kind: 'cleared'; readonly cleared: Cleared<K, Item> } | NotHolding;

type Judge<K extends ItemKind> = (item: ProvenItem<K>, seen: SeenOf[K]) => Judgement;

/** The judge of each kind: a kind without one does not compile. */
const judges: { readonly [K in ItemKind]: Judge<K> } = { link: judgeLink };

/**
 * Execution trusts no evidence of the review (lane protocol, 19): every item, of whatever kind, passes here right before
 * it is executed.
 * @param seen what both sides and our own database say now
 */
export const gate = <K extends ItemKind, Item extends ProvenItem<K>>(
  kind: K,
  item: Item,
  seen: SeenOf[K],
): Verdict<K, Item> => {
  const judgement = judges[kind](item, seen);
  return judgement.kind === 'holds' ? { kind: 'cleared', cleared: { item, seen } as Cleared<K, Item> } : judgement;
};
