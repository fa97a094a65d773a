import type { Int64 } from '@huma-poweroffice/poweroffice';
import type { Link, Match, Situation } from '@huma-poweroffice/sync-rules';
import { evidenceOf } from './evidence.js';
import type { RunItem } from './run.js';

/** What a report is ordered by, beside the matches. */
export interface Names {
  readonly ofPerson: ReadonlyMap<string, string>;
  readonly ofEmployee: ReadonlyMap<Int64, string>;
  /** Employees whose entry could not be read. */
  readonly unreadable: ReadonlySet<Int64>;
}

const referenceOf = ({ evidence, foreignReference }: Match): Link['reference'] =>
  evidence.by === 'reference' ? 'ours' : foreignReference ? 'foreign' : 'absent';

const alphabet = new Intl.Collator('nb', { sensitivity: 'base', numeric: true });

/** What a run reports, ordered by name, and what it would do: link whoever was found by reference or email. */
export const itemsOf = (matches: readonly Match[], names: Names): RunItem[] => {
  const named = matches.map((match) => ({
    match,
    name: names.ofPerson.get(match.userId ?? '') ?? names.ofEmployee.get(match.employeeId ?? '') ?? '',
  }));
  named.sort((a, b) => alphabet.compare(a.name, b.name));
  return named.map(({ match }, index) => {
    const { userId, employeeId, situation } = match;
    const unreadable = employeeId !== null && names.unreadable.has(employeeId);
    const links = situation === 'will-link' && !unreadable;
    return {
      no: index + 1,
      userId,
      employeeId,
      situation,
      evidence: evidenceOf(match, unreadable),
      planned: links ? 'link' : 'none',
      reference: links ? referenceOf(match) : null,
    };
  });
};

export const countsOf = (items: readonly Pick<RunItem, 'situation'>[]): { [S in Situation]?: number } => {
  const counts: { [S in Situation]?: number } = {};
  for (const { situation } of items) counts[situation] = (counts[situation] ?? 0) + 1;
  return counts;
};
