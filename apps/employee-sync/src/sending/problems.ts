import type { OutcomeProblem, ProblemActor } from '@huma-poweroffice/contracts';
import type { Field } from '@huma-poweroffice/sync-rules';

/** Reasons that are not ours and not about a value of Huma's. */
const actors: Readonly<Record<string, ProblemActor>> = {
  'not-permitted': 'poweroffice-administrator',
  'number-outside-series': 'accountant',
  'employee-gone': 'accountant',
  'employee-archived': 'accountant',
  'kept-foreign-value': 'accountant',
};

/** Reasons that are about a person's values in Huma: HR has to look at them. */
const ofHr =
  /^(invalid-.*|address-.*|number-.*|account-.*|missing-(bic|in-huma)|too-long|empty|name-missing|email-exists|validation|conflict)$/;

/** Who must act; a reason that nobody has thought of is ours. */
export const actorOf = (code: string): ProblemActor => actors[code] ?? (ofHr.test(code) ? 'hr' : 'us');

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
  actor: actorOf(code),
  detail,
  retriesAt: retriesAt === null ? null : new Date(retriesAt).toISOString(),
});
