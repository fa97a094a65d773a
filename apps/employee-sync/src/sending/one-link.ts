import type { Tx } from '@huma-poweroffice/platform';
import { reasons, withLooks, type DecisionContext, type Lane } from '@huma-poweroffice/sync-rules';
import type { StoredLane } from '../lanes/lane-codec.js';
import { isOver } from '../lanes/end-link.js';
import type { Errand } from './errand.js';
import type { Result } from './poweroffice-sender.js';

/** The employee that a create, or the look-up after it, links the person to; null: none. */
const employeeOf = ({ attempt }: Errand, result: Result): string | null => {
  if (attempt.kind !== 'create') return null;
  if ('answer' in result) return result.answer.outcome === 'applied' ? result.answer.employeeId : null;
  return result.reading.outcome === 'found' ? result.reading.employeeId : null;
};

/** Who else is linked to the employee that the person would be linked to. */
export const holdersOf = async (tx: Tx, errand: Errand, result: Result): Promise<string[]> => {
  const employeeId = employeeOf(errand, result);
  if (employeeId === null) return [];
  const rows = await tx.query<{ userId: string }>(
    `SELECT user_id AS "userId" FROM lane WHERE connection_id = $1 AND linked_employee = $2 AND user_id <> $3`,
    [errand.connectionId, employeeId, errand.userId],
  );
  return rows.map(({ userId }) => userId);
};

/**
 * One employee has one link, whoever makes it. `give-up`: the holder was deleted in Huma, and the link ends for the
 * living person, who has the reference. `later`: something of the holder's may still arrive. `keep`: the holder lives.
 */
export const judgeHolder = (
  holder: StoredLane,
  { person, now }: Pick<DecisionContext, 'person' | 'now'>,
): 'give-up' | 'later' | 'keep' => {
  if (person?.state !== 'deleted') return 'keep';
  return isOver(holder.lane, now) ? 'give-up' : 'later';
};

/** The lane of a newcomer whose reference is at the employee of another living person: only people can decide that. */
export const employeeIsTaken = (before: Lane, employeeId: string, context: DecisionContext): Lane => {
  const blocked = { reason: 'conflict', detail: employeeId, waitsFor: reasons.conflict.waitsFor } as const;
  return withLooks({ ...before, attempt: null, due: false, asked: null, retry: null, blocked }, context);
};
