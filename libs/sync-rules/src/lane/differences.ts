import { fields, mapValue, type Field } from '../fields.js';
import { sameValue, type Json } from '../json.js';
import { reasons } from '../reasons.js';
import { mappingOf, type DecisionContext } from './context.js';
import type { LaneDraft } from './draft.js';
import type { Asked, FieldState, Refused } from './lane.js';

/** A value of Huma's that differs from what was settled, and what it would be in PowerOffice. */
export interface Candidate {
  readonly field: Field;
  readonly huma: Json;
  readonly sent: Json;
  /** This same value was refused before, by PowerOffice or by us, and PowerOffice was not read since (rule 6b). */
  readonly sameAgain: boolean;
}

const isPair = (state: FieldState, value: Json): boolean => state.pair !== undefined && sameValue(state.pair, value);

/** Whether a value that PowerOffice refused stays refused: nobody asked, or for something else than it waits for. */
const staysRefused = (refused: Refused, asked: Asked | null): boolean => {
  if (refused.looked || asked === 'person' || asked === 'look') return false;
  return asked !== refused.waitsFor;
};

/** Why we do not send a value, as it is decided now; null: it can be sent. */
const ownRefusal = (field: Field, huma: Json, context: DecisionContext): Refused | null => {
  const mapped = mapValue(field, huma, mappingOf(context));
  const refused = { value: huma, detail: null, by: 'us' as const };
  if ('cannot' in mapped) return { ...refused, reason: mapped.cannot, waitsFor: reasons[mapped.cannot].waitsFor };
  if (context.writable.has(field)) return null;
  return { ...refused, reason: 'not-permitted', waitsFor: reasons['not-permitted'].waitsFor };
};

/** Rule 3 for one field: what follows from Huma's value now; a candidate if it is to be sent. */
const judgeField = (draft: LaneDraft, field: Field, huma: Json, context: DecisionContext): Candidate | null => {
  const state = draft.state(field);
  if (isPair(state, huma)) {
    draft.put(field, { base: huma, pair: undefined, refused: undefined });
    return null;
  }
  if (sameValue(state.base, huma)) {
    if (state.refused) {
      draft.note(field, 'taken-back', state.shown);
      draft.put(field, { refused: undefined, formLookedFor: undefined });
    }
    return null;
  }
  const mapped = mapValue(field, huma, mappingOf(context));
  if (huma === null && 'cannot' in mapped) {
    const had = state.base !== undefined;
    if (had) draft.note(field, 'missing-in-huma', undefined);
    draft.put(field, { base: null, refused: undefined, note: had ? 'missing-in-huma' : undefined });
    return null;
  }
  const refusal = ownRefusal(field, huma, context);
  if (refusal) {
    const isNews = !sameValue(state.refused?.value, huma) || state.refused?.reason !== refusal.reason;
    if (isNews) draft.refuse(field, refusal, undefined);
    else draft.put(field, { refused: refusal });
    return null;
  }
  const refused = sameValue(state.refused?.value, huma) ? state.refused : undefined;
  if (refused?.by === 'poweroffice' && staysRefused(refused, draft.lane.asked)) return null;
  // A newer value is an ordinary one; the same value stays marked as refused until PowerOffice has it.
  if (!refused) draft.put(field, { refused: undefined });
  return { field, huma, sent: 'send' in mapped ? mapped.send : null, sameAgain: !!refused && !refused.looked };
};

/** Rule 3. The fields where Huma differs from base, pair and refused; those that cannot be sent are refused at once. */
export const differences = (draft: LaneDraft, context: DecisionContext): Candidate[] =>
  fields.flatMap((field) => {
    const huma = context.person?.values[field];
    return huma === undefined ? [] : (judgeField(draft, field, huma, context) ?? []);
  });

/** Whether the field must be read before it is written, because nobody knows what PowerOffice shows (rule 6a). */
export const isUnseen = ({ shown, hidden }: FieldState): boolean => shown === undefined && hidden === undefined;
