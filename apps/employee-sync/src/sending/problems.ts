import type { OutcomeProblem, ProblemActor } from '@huma-poweroffice/contracts';
import type { Field } from '@huma-poweroffice/sync-rules';

/** Reasons that are not for the people of HR, whose values most refusals are about. */
const actors: Readonly<Record<string, ProblemActor>> = {
  'not-permitted': 'poweroffice-administrator',
  'number-outside-series': 'accountant',
  'employee-gone': 'accountant',
  'employee-archived': 'accountant',
  'kept-foreign-value': 'accountant',
  'unexpected-status': 'us',
  'unreadable-answer': 'us',
};

/**
 * A reason as others see it: who must act, and whether it is retried by itself.
 * @param retriesAt milliseconds since 1970; null: it waits for somebody
 */
export const problemOf = (
  code: string,
  field: Field | null,
  detail: string | null,
  retriesAt: number | null = null,
): OutcomeProblem => ({
  code,
  field,
  actor: actors[code] ?? 'hr',
  detail,
  retriesAt: retriesAt === null ? null : new Date(retriesAt).toISOString(),
});
