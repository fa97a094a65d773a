/** Who waits for a permit, best first: a person, a change of today, the bulk of a run, what can wait. */
export const permitClasses = ['person', 'live', 'run', 'background'] as const;
export type PermitClass = (typeof permitClasses)[number];

/** The customer a request is made for. Both ids are empty if the caller names none; such requests share one turn. */
export interface Customer {
  readonly organizationId: string;
  readonly connectionId: string;
}

export interface Waiter extends Customer {
  readonly permitClass: PermitClass;
  /**
   * Increases with every waiter. It decides between waiters that are otherwise equal: the first to arrive is served.
   */
  readonly arrival: number;
}

/** The number of customers whose last turn is remembered. A customer that was forgotten counts as never served. */
const REMEMBERED = 10_000;

/** Remembers the order in which customers were served last. The memory is bounded; the oldest turns are forgotten. */
class Turns {
  private readonly last = new Map<string, number>();
  private count = 0;

  of(key: string): number {
    return this.last.get(key) ?? 0;
  }
  took(key: string): void {
    this.last.delete(key);
    this.last.set(key, (this.count += 1));
    if (this.last.size > REMEMBERED) this.last.delete(this.last.keys().next().value ?? key);
  }
}

/** The waiters of one class. Organisations take turns, then connections within one; a connection is served in order. */
class Line<W extends Waiter> {
  private readonly organizations = new Map<string, Map<string, W[]>>();
  private readonly organizationTurns = new Turns();
  private readonly connectionTurns = new Turns();
  size = 0;

  add(waiter: W): void {
    const { organizationId, connectionId } = waiter;
    const connections = this.organizations.get(organizationId) ?? new Map<string, W[]>();
    const waiting = connections.get(connectionId) ?? [];
    const behind = waiting.findIndex(({ arrival }) => arrival > waiter.arrival);
    waiting.splice(behind < 0 ? waiting.length : behind, 0, waiter);
    connections.set(connectionId, waiting);
    this.organizations.set(organizationId, connections);
    this.size += 1;
  }

  remove(waiter: W): void {
    const { organizationId, connectionId } = waiter;
    const connections = this.organizations.get(organizationId);
    const waiting = connections?.get(connectionId);
    const at = waiting?.indexOf(waiter) ?? -1;
    if (!connections || !waiting || at < 0) return;
    waiting.splice(at, 1);
    this.size -= 1;
    if (waiting.length === 0) connections.delete(connectionId);
    if (connections.size === 0) this.organizations.delete(organizationId);
  }

  /**
   * The next waiter: the customer that was served longest ago, or the earliest arrival if several were never served.
   */
  first(): W | undefined {
    const heads = [...this.organizations].flatMap(([organizationId, connections]) => {
      const ofConnections = [...connections].flatMap(([connectionId, [head]]) =>
        head ? [{ turn: this.connectionTurns.of(connectionId), head }] : [],
      );
      const head = best(ofConnections);
      return head ? [{ turn: this.organizationTurns.of(organizationId), head }] : [];
    });
    return best(heads);
  }

  took({ organizationId, connectionId }: W): void {
    this.organizationTurns.took(organizationId);
    this.connectionTurns.took(connectionId);
  }
}

const best = <W extends Waiter>(candidates: readonly { readonly turn: number; readonly head: W }[]): W | undefined =>
  candidates.reduce<{ turn: number; head: W } | undefined>((found, one) => {
    if (!found || one.turn < found.turn) return one;
    return one.turn === found.turn && one.head.arrival < found.head.arrival ? one : found;
  }, undefined)?.head;

/**
 * The requests that wait in this process. Requests of people and all other requests are separate queues, because the
 * budget shares its slots between the two. Among the others the better class comes first.
 */
export class PermitQueue<W extends Waiter> {
  private readonly lines: Readonly<Record<PermitClass, Line<W>>> = {
    person: new Line(),
    live: new Line(),
    run: new Line(),
    background: new Line(),
  };

  add(waiter: W): void {
    this.lines[waiter.permitClass].add(waiter);
  }
  remove(waiter: W): void {
    this.lines[waiter.permitClass].remove(waiter);
  }
  /** Removes a waiter that is served, and counts this as a turn of its organisation and its connection. */
  serve(waiter: W): void {
    this.lines[waiter.permitClass].took(waiter);
    this.remove(waiter);
  }

  firstPerson(): W | undefined {
    return this.lines.person.first();
  }
  firstOther(): W | undefined {
    return this.lines.live.first() ?? this.lines.run.first() ?? this.lines.background.first();
  }

  get people(): number {
    return this.lines.person.size;
  }
  get others(): number {
    return this.lines.live.size + this.lines.run.size + this.lines.background.size;
  }
  get size(): number {
    return this.people + this.others;
  }
  waitingOf(permitClass: PermitClass): number {
    return this.lines[permitClass].size;
  }
}
