import type { Int64 } from '@huma-poweroffice/poweroffice';
import type { Match } from '@huma-poweroffice/sync-rules';

/** What made a link possible, as both sides showed it when the run collected. */
export interface LinkProof {
  readonly matchedBy: 'reference' | 'email';
  /** Both in the form of `normalizeEmail`; null: none. */
  readonly personEmail: string | null;
  readonly employeeEmail: string | null;
  /** The employee's reference, in PowerOffice's own text. */
  readonly reference: string | null;
  /** Who was deleted in Huma and gives the employee up; null: nobody had it. */
  readonly holder: string | null;
}

/** The evidence of each kind of item that a run can execute. A new kind gets its evidence here, and its judge in the gate. */
export interface Proofs {
  readonly link: LinkProof;
}

export type ItemKind = keyof Proofs;

/** An item's kind with the evidence that belongs to it; `none`: nothing is planned. */
export type Planned =
  { readonly kind: 'none' } | { [K in ItemKind]: { readonly kind: K; readonly proof: Proofs[K] } }[ItemKind];

/** The emails and the reference of a pair, as they were collected. */
export interface CollectedPair {
  readonly personEmail: string | null;
  readonly employeeEmail: string | null;
  readonly reference: string | null;
}

const links: ReadonlySet<Match['situation']> = new Set(['will-link', 'hired-again']);

/** What a run may do for a match, and why. */
export const plannedFor = (match: Match, collected: (userId: string, employeeId: Int64) => CollectedPair): Planned => {
  const { userId, employeeId, situation, matchedBy, evidence } = match;
  if (!links.has(situation) || userId === null || employeeId === null) return { kind: 'none' };
  if (matchedBy !== 'reference' && matchedBy !== 'email') return { kind: 'none' };
  const holder = evidence.by === 'hired-again' ? evidence.deletedUserId : null;
  return { kind: 'link', proof: { matchedBy, holder, ...collected(userId, employeeId) } };
};
