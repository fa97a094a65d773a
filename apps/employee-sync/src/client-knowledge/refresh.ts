/** Who wants a refresh: a newcomer who waits, those who wait for a change, or a person, a run, who is never put off. */
export type RefreshFor = 'newcomer' | 'waiting' | 'asked';

/** A refresh of the index of a client's employees that is under way here. */
export interface Refresh {
  readonly id: string;
  readonly connectionId: string;
  readonly clientId: string;
  /** By the database's clock, in its own text. */
  readonly beganAt: string;
  readonly who: RefreshFor;
  /** What to ask for changes with, in PowerOffice's own text; null: everybody is read. */
  readonly changedAfter: string | null;
}
