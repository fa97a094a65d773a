import type { Asked } from '@huma-poweroffice/sync-rules';

/**
 * The assignments that make a lane due because what it waits for has ended, or because somebody asked. A lane that is
 * asked for two reasons tries everything; a person who waits for the answer keeps the first place. A lane whose request is
 * under way, or is being settled, is not woken before its time.
 * @param cause what made it due, as SQL: a parameter or a literal
 * @param lane the name of the lane's row in the statement
 * @param rank the least priority that it gets: 0 a person is waiting, 1 a change of today
 */
export const becomesDue = (asked: Asked, cause: string, lane = 'lane', rank = asked === 'person' ? 0 : 1): string => `
  due = true,
  asked = CASE WHEN ${lane}.asked IS NULL OR ${lane}.asked = '${asked}' THEN '${asked}'
               WHEN 'person' IN (${lane}.asked, '${asked}') THEN 'person' ELSE 'look' END,
  class = least(${lane}.class, ${String(rank)}),
  wake_at = CASE WHEN ${isUnderWay(lane)} THEN ${lane}.wake_at ELSE now() END,
  waiting_since = coalesce(${lane}.waiting_since, now()),
  cause = ${cause}`;

/** What is unsettled of an employee who is not there is settled as soon as the employee is seen again. */
const isUnderWay = (lane: string): string => `${lane}.attempt_kind IS NOT NULL AND ${lane}.blocked_reason IS NULL`;

/**
 * When a lane wakes that something new is to be done for: now, unless a request is under way or a pause after a failure is
 * running, which the lane itself ends. A look that was planned for later does not hold it back.
 */
export const wakesNow = (lane = 'lane'): string =>
  `CASE WHEN ${lane}.attempt_kind IS NULL AND NOT ${lane}.retrying THEN now() ELSE coalesce(${lane}.wake_at, now()) END`;
