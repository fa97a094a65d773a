import { fields, type Field, type ShownValues } from '../fields.js';
import type { Json } from '../json.js';
import type { FieldState, Lane, Refused } from './lane.js';
import type { FieldChange, Step, Task } from './step.js';

type Change = { [K in keyof FieldState]?: FieldState[K] | undefined };

/**
 * A working copy of a lane: a step changes fields here, records what it did to them, and ends with `step`. The lane that
 * it was made of stays as it was.
 */
export class LaneDraft {
  readonly #states: Partial<Record<Field, FieldState>>;
  readonly #changes: FieldChange[] = [];

  constructor(readonly lane: Lane) {
    this.#states = { ...lane.fields };
  }

  state(field: Field): FieldState {
    return this.#states[field] ?? {};
  }

  get changes(): readonly FieldChange[] {
    return this.#changes;
  }

  /** Sets parts of a field's state; undefined removes a part. */
  put(field: Field, change: Change): void {
    const merged = Object.entries({ ...this.#states[field], ...change }).filter(([, value]) => value !== undefined);
    this.#states[field] = Object.fromEntries(merged);
  }

  /** Notes what was done to a field; `before` is what PowerOffice showed until now. */
  note(field: Field, result: FieldChange['result'], after: Json | undefined, more?: Partial<FieldChange>): void {
    this.#changes.push({ field, result, before: this.state(field).shown, after, ...more });
  }

  /**
   * Takes what PowerOffice shows of a complete employee: a field that is missing there is hidden from us. A field that
   * waits with a refused value keeps what was shown before, because the look before it is sent again compares with that
   * (rule 6b).
   * @param options.accounts the contact's accounts were read too, so that a salary account that is missing is hidden
   * @param options.onlyUnknown keeps what was shown before of every field
   */
  seen(shown: ShownValues, options: { readonly accounts: boolean; readonly onlyUnknown?: boolean }): void {
    const { accounts, onlyUnknown = false } = options;
    for (const field of fields) {
      const value = shown[field];
      const state = this.state(field);
      if ((state.refused ?? onlyUnknown) && state.shown !== undefined) continue;
      if (value !== undefined) this.put(field, { shown: value, hidden: undefined });
      else if (field !== 'bankAccount' || accounts) this.put(field, { hidden: true });
    }
  }

  /** The attempt's value of a field is what PowerOffice has: it becomes the base. */
  settle(field: Field, base: Json): void {
    this.put(field, { base, note: undefined, refused: undefined, formLookedFor: undefined });
  }

  /** A value of somebody else's stays, and a person is shown that (rules 6b and 9). */
  keepForeign(field: Field, base: Json, read: Json): void {
    this.note(field, 'kept-foreign-value', read);
    this.put(field, { base, shown: read, note: 'kept-foreign-value', refused: undefined, formLookedFor: undefined });
  }

  refuse(field: Field, refused: Refused, sent: Json | undefined): void {
    const { reason, detail } = refused;
    this.note(field, 'refused', sent, { reason, detail });
    this.put(field, { refused, formLookedFor: undefined });
  }

  /** The lane with the fields of this draft. */
  with(change: Partial<Lane>): Lane {
    return { ...this.lane, ...change, fields: { ...this.#states } };
  }

  step(change: Partial<Lane>): Step;
  step<T extends Task>(change: Partial<Lane>, task: T): Step<T>;
  step(change: Partial<Lane>, task?: Task): Step<Task | undefined> {
    return { lane: this.with(change), task, changes: this.#changes };
  }
}
