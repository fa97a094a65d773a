import type { LaneHead, PeopleQueries } from './people-queries.js';

/** How often the lanes that somebody waits for are looked at, in one query for all of them. */
const LOOK_MS = 200;

interface Waiting {
  readonly connectionId: string;
  readonly userId: string;
  readonly isOver: (head: LaneHead | null) => boolean;
  readonly end: (head: LaneHead | null) => void;
  readonly fail: (error: unknown) => void;
}

/** Waits for lanes on behalf of people: one query in a while for all who wait in this process. */
export class LaneWatch {
  private readonly waiting = new Set<Waiting>();
  private looking = false;

  constructor(private readonly queries: Pick<PeopleQueries, 'heads'>) {}

  /** Resolves with the lane when the function says that the wait is over; it is called for each look. */
  until(connectionId: string, userId: string, isOver: (head: LaneHead | null) => boolean): Promise<LaneHead | null> {
    return new Promise((end, fail) => {
      this.waiting.add({ connectionId, userId, isOver, end, fail });
      if (!this.looking) void this.look();
    });
  }

  private async look(): Promise<void> {
    this.looking = true;
    while (this.waiting.size > 0) {
      const all = [...this.waiting];
      try {
        const heads = await this.queries.heads(all);
        for (const one of all) this.judge(one, heads.get(`${one.connectionId} ${one.userId}`) ?? null);
      } catch (error) {
        for (const one of all) {
          this.waiting.delete(one);
          one.fail(error);
        }
      }
      if (this.waiting.size > 0) await new Promise((done) => setTimeout(done, LOOK_MS));
    }
    this.looking = false;
  }

  private judge(one: Waiting, head: LaneHead | null): void {
    if (!one.isOver(head)) return;
    this.waiting.delete(one);
    one.end(head);
  }
}
