import type { OutcomeResult, SyncOutcome } from '@huma-poweroffice/contracts';
import { SEVERAL, type FieldChange, type Lane, type Task } from '@huma-poweroffice/sync-rules';
import { problemOf } from './problems.js';

/** One step of a lane: before and after it, and what it did. */
export interface LaneStep {
  readonly before: Lane;
  readonly after: Lane;
  readonly changes: readonly FieldChange[];
}

type Told = Pick<SyncOutcome, 'result' | 'fields' | 'problems'>;

const fieldsWith = (changes: readonly FieldChange[], ...results: FieldChange['result'][]): FieldChange['field'][] => [
  ...new Set(changes.filter((change) => results.includes(change.result)).map((change) => change.field)),
];

const told = (
  result: OutcomeResult,
  fields: FieldChange['field'][] = [],
  problems: SyncOutcome['problems'] = [],
): Told => ({
  result,
  fields,
  problems,
});

/** What of a step others are told: nothing of what passes by itself, and never a value. */
export const outcomesOf = ({ before, after, changes }: LaneStep): Told[] => {
  const outcomes: Told[] = [];
  const written = fieldsWith(changes, 'applied', 'settled');
  if (after.link && after.link.employeeId !== before.link?.employeeId)
    outcomes.push(told(before.attempt?.kind === 'create' ? 'created' : 'linked', written));
  else if (written.length > 0) outcomes.push(told('updated', written));
  const refused = changes.filter((change) => change.result === 'refused');
  if (refused.length > 0)
    outcomes.push(
      told(
        'field-refused',
        fieldsWith(changes, 'refused'),
        refused.map(({ field, reason = 'validation', detail = null }) => problemOf(reason, field, detail)),
      ),
    );
  const missing = fieldsWith(changes, 'missing-in-huma');
  if (missing.length > 0)
    outcomes.push(
      told(
        'field-refused',
        missing,
        missing.map((field) => problemOf('missing-in-huma', field, null)),
      ),
    );
  const takenBack = fieldsWith(changes, 'taken-back');
  if (takenBack.length > 0) outcomes.push(told('nothing-to-do', takenBack));
  const kept = fieldsWith(changes, 'kept-foreign-value');
  if (kept.length > 0)
    outcomes.push(
      told(
        'kept-foreign-value',
        kept,
        kept.map((field) => problemOf('kept-foreign-value', field, null)),
      ),
    );
  if (after.locked && !before.locked) outcomes.push(told('locked'));
  const { blocked } = after;
  if (blocked && blocked.reason !== before.blocked?.reason)
    outcomes.push(told('blocked', [], [problemOf(blocked.reason, null, blocked.detail, after.looks?.at ?? null)]));
  if (after.retry?.count === SEVERAL && before.retry?.count !== SEVERAL) {
    const { reason, notBefore } = after.retry;
    outcomes.push(told('retrying', [], [problemOf(reason ?? 'poweroffice-unavailable', null, null, notBefore)]));
  }
  return outcomes;
};

/** What an attempt was to change, where nothing is known of what became of it. */
export const intendedChanges = (lane: Lane): FieldChange[] =>
  Object.entries(lane.attempt?.values ?? {}).map(([name, value]) => {
    const field = name as FieldChange['field'];
    return { field, result: 'unknown', before: lane.fields[field]?.shown, after: value.sent };
  });

/** Whether a task writes at PowerOffice. */
export const isWrite = ({ kind }: Pick<Task, 'kind'>): boolean =>
  kind === 'patch' || kind === 'create' || kind === 'account-create' || kind === 'salary-set';
