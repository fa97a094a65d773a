import type { OutcomeProblem, ProblemActor } from '@huma-poweroffice/contracts';
import { reasons, type Field, type ReasonCode } from '@huma-poweroffice/sync-rules';

/** Who must act for a reason to go away. */
export const actorOf = (code: ReasonCode): ProblemActor => reasons[code].actor;

/**
 * A reason as it is published: who must act, and whether it is retried by itself.
 * @param retriesAt milliseconds since 1970; null: it waits for somebody
 */
export const problemOf = (
  code: ReasonCode,
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
