import type { Int64 } from '@huma-poweroffice/poweroffice';
import type { Match, Situation } from '@huma-poweroffice/sync-rules';
import { evidenceOf, type SinceDeletion } from './evidence.js';
import { plannedFor, type CollectedPair } from './proof.js';
import type { RunItem } from './run.js';

/** What a report is ordered by, beside the matches. */
export interface Names {
  readonly ofPerson: ReadonlyMap<string, string>;
  readonly ofEmployee: ReadonlyMap<Int64, string>;
  /** Employees whose entry could not be read. */
  readonly unreadable: ReadonlySet<Int64>;
}

/** What the items of a run are made of beside the matches. */
export interface ItemsContext {
  readonly names: Names;
  readonly collected: (userId: string, employeeId: Int64) => CollectedPair;
  /** By the employee whose user was deleted in Huma. */
  readonly sinceDeletion: ReadonlyMap<Int64, SinceDeletion>;
  /** A list was strikingly short: nothing is planned. */
  readonly isShort: boolean;
}

const alphabet = new Intl.Collator('nb', { sensitivity: 'base', numeric: true });

/** Whoever is hired again is linked only if a person says so for each: the mailbox may have gone to somebody else. */
const isTicked = ({ situation }: Match): boolean => situation !== 'hired-again';

/** What a run reports, ordered by name, and what it would do: link whoever was found by reference or email. */
export const itemsOf = (
  matches: readonly Match[],
  { names, collected, sinceDeletion, isShort }: ItemsContext,
): RunItem[] => {
  const named = matches.map((match) => ({
    match,
    name: names.ofPerson.get(match.userId ?? '') ?? names.ofEmployee.get(match.employeeId ?? '') ?? '',
  }));
  named.sort((a, b) => alphabet.compare(a.name, b.name));
  return named.map(({ match }, index) => {
    const { userId, employeeId, situation } = match;
    const unreadable = employeeId !== null && names.unreadable.has(employeeId);
    const planned = unreadable || isShort ? ({ kind: 'none' } as const) : plannedFor(match, collected);
    return {
      no: index + 1,
      userId,
      employeeId,
      situation,
      evidence: evidenceOf(match, unreadable, sinceDeletion.get(employeeId ?? '')),
      planned,
      ticked: planned.kind !== 'none' && isTicked(match),
    };
  });
};

export const countsOf = (items: readonly Pick<RunItem, 'situation'>[]): { [S in Situation]?: number } => {
  const counts: { [S in Situation]?: number } = {};
  for (const { situation } of items) counts[situation] = (counts[situation] ?? 0) + 1;
  return counts;
};
