/** Who waits for a permit, best first: a person, a change of today, the bulk of a run, what can wait. */
export const permitClasses = ['person', 'live', 'run', 'background'] as const;
export type PermitClass = (typeof permitClasses)[number];

export interface Waiter {
  readonly permitClass: PermitClass;
  /** Counts up: who came first is served first within a class. */
  readonly arrival: number;
}

/** Those who wait in this process, in the order in which they are served. */
export class PermitQueue<W extends Waiter> {
  private readonly waiting: W[] = [];

  add(waiter: W): void {
    const rank = permitClasses.indexOf(waiter.permitClass);
    const behind = this.waiting.findIndex((w) => {
      const other = permitClasses.indexOf(w.permitClass);
      return other > rank || (other === rank && w.arrival > waiter.arrival);
    });
    this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, waiter);
  }
  first(): W | undefined {
    return this.waiting[0];
  }
  remove(waiter: W): void {
    const at = this.waiting.indexOf(waiter);
    if (at >= 0) this.waiting.splice(at, 1);
  }
  get size(): number {
    return this.waiting.length;
  }
  waitingOf(permitClass: PermitClass): number {
    return this.waiting.filter((w) => w.permitClass === permitClass).length;
  }
}
