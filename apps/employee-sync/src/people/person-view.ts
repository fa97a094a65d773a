import {
  fields,
  mapValue,
  sameShown,
  type Field,
  type FieldChange,
  type Json,
  type Lane,
  type DecisionContext,
} from '@huma-poweroffice/sync-rules';
import { mask } from './mask.js';

/** One field of a person as an administrator sees it; values of national ids and bank accounts are masked. */
export interface FieldView {
  readonly field: Field;
  /** What Huma says; null: no value. */
  readonly huma: Json;
  /** What PowerOffice last showed; null: empty there, or not known. */
  readonly shown: Json;
  /** Whether the two mean the same; null: what PowerOffice has is not known. */
  readonly same: boolean | null;
  readonly note: string | null;
  readonly refused: { readonly reason: string; readonly detail: string | null; readonly waitsFor: string } | null;
}

export const fieldViews = (lane: Lane, context: DecisionContext): FieldView[] =>
  fields.flatMap((field) => {
    const huma = context.person?.values[field];
    const state = lane.fields[field];
    if (huma === undefined && state === undefined) return [];
    const { refused, note = null, shown } = state ?? {};
    return [
      {
        field,
        huma: mask(field, huma),
        shown: mask(field, shown),
        same: isSame(field, huma ?? null, shown, context),
        note,
        refused: refused ? { reason: refused.reason, detail: refused.detail, waitsFor: refused.waitsFor } : null,
      },
    ];
  });

const isSame = (field: Field, huma: Json, shown: Json | undefined, context: DecisionContext): boolean | null => {
  if (shown === undefined) return null;
  const mapped = huma === null ? { send: null } : mapValue(field, huma, context);
  return 'send' in mapped && sameShown(field, shown, mapped.send);
};

/** A change as the audit shows it. */
export interface ChangeView {
  readonly field: Field;
  readonly result: string;
  readonly before: Json;
  readonly after: Json;
  readonly reason: string | null;
  readonly detail: string | null;
}

export const changeView = ({ field, result, before, after, reason, detail }: FieldChange): ChangeView => ({
  field,
  result,
  before: mask(field, before),
  after: mask(field, after),
  reason: reason ?? null,
  detail: detail ?? null,
});
