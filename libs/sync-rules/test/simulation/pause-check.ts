import { wakeAt, type Lane } from '../../src/lane/lane.js';
import type { Step } from '../../src/lane/step.js';
import { Violation } from './ghosts.js';

/** What a lane has learned; the rest of it only says when the next step is. */
const learned = ({ link, blocked, fields, alone, account, shownAccountId, judgeFirst }: Lane): string =>
  JSON.stringify([link, blocked, fields, alone, account, shownAccountId, judgeFirst]);

/** Rule 22, as a property: a chain of steps that learned nothing is followed by pauses that grow. */
export class PauseCheck {
  private before: { readonly learned: string; readonly count: number } | null = null;

  /** A step begins; a read-back belongs to the step of its attempt. */
  claimed(lane: Lane): void {
    if (!lane.attempt) this.before = { learned: learned(lane), count: lane.retry?.count ?? 0 };
  }

  /** Somebody asks, or a reason has ended: the next step comes at once. */
  asked(): void {
    this.before = null;
  }

  ended(before: Lane, { lane: after, changes }: Step, outcome: string, now: number): void {
    // A read-back that failed is repeated, and not at once.
    if (outcome === 'failed' && (wakeAt(after, false) ?? Infinity) <= now)
      throw new Violation('pause', 'a read-back failed, and the lane is due at once');
    // The attempt goes on, or a rate limit said when to try again.
    if (after.attempt || !this.before || outcome === 'rate-limited') return;
    const same = learned(after) === this.before.learned;
    const { count } = this.before;
    this.before = null;
    const isSettled = changes.some(({ result }) => result !== 'repeated');
    if (!same || isSettled || !after.due) return;
    const next = wakeAt(after, false) ?? Infinity;
    if (next <= now || (after.retry?.count ?? 0) <= count)
      throw new Violation('pause', `${before.attempt?.kind ?? 'nothing'} learned nothing, and the lane is due at once`);
  }
}
