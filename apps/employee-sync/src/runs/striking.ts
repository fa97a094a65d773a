import type { RunProblem } from './run.js';
import type { Sizes } from './run-repository.js';

/** A list of fewer may lose most of its rows by itself. */
const FEW = 20;

const isStriking = (before: number, now: number): boolean => before >= FEW && now * 2 < before;

/**
 * A list that is strikingly shorter than in the run before is not believed: nothing is planned, until another run, which
 * somebody has to begin, finds it as short.
 */
export const strikinglyShort = (before: Sizes | null, now: Sizes): RunProblem[] => {
  if (before === null) return [];
  return [
    ...(isStriking(before.people, now.people)
      ? [{ code: 'strikingly-few-people', found: now.people, before: before.people } as const]
      : []),
    ...(isStriking(before.employees, now.employees)
      ? [{ code: 'strikingly-few-employees', found: now.employees, before: before.employees } as const]
      : []),
  ];
};
