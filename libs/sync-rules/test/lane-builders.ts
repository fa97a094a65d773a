import { claim } from '../src/lane/claim.js';
import type { DecisionContext, EmployeeIndex } from '../src/lane/context.js';
import { emptyLane, wakeAt, type Lane } from '../src/lane/lane.js';
import { link } from '../src/lane/link.js';
import { record } from '../src/lane/record.js';
import { settle } from '../src/lane/settle.js';
import type { Answer, Reading } from '../src/lane/step.js';
import type { HumaValues, ShownValues } from '../src/fields.js';

export const NOW = 1_000_000;

/** What the index of employees says when it is fresh. */
export const anIndex = (change: Partial<EmployeeIndex> = {}): EmployeeIndex => ({
  fresh: true,
  sameEmail: [],
  problem: null,
  inFlight: false,
  ...change,
});

/** What is true at the moment of a step; the person's values are the first argument. */
export const aContext = (values: HumaValues, change: Partial<DecisionContext> = {}): DecisionContext => ({
  now: NOW,
  today: '2026-11-26',
  id: 'attempt-1',
  jitter: 0,
  timing: { sendWindowMs: 2000, clientTimeoutMs: 10_000, processingMs: 10_000, readLagMs: 5000, leaseMs: 20_000 },
  person: { version: 2, values, state: 'active' },
  inScope: true,
  connection: { active: true, clientId: 'c', createUsers: true },
  tokenClientId: 'c',
  writable: new Set(['givenName', 'familyName', 'email', 'employmentId', 'phone', 'homeAddress', 'bankAccount']),
  series: null,
  index: anIndex(),
  ...change,
});

/** A lane that a run has linked to employee 7, with what the run collected of both sides. */
export const aLinkedLane = (collected: HumaValues, shown: ShownValues, accountId: string | null = null): Lane =>
  link(emptyLane('user'), { employeeId: '7', clientId: 'c', reference: 'ours', shown, accountId }, collected);

export const aNewLane = (): Lane => ({ ...emptyLane('user'), isNew: true, due: true });

/** An answer that shows an employee; `applied` for a write, or for a read. */
export const applied = (
  shown: ShownValues | null,
  more: Partial<Extract<Answer, { outcome: 'applied' }>> = {},
): Answer => ({
  outcome: 'applied',
  employeeId: '7',
  shown,
  accountId: null,
  ...more,
});

export const found = (shown: ShownValues, more: Partial<Extract<Reading, { outcome: 'found' }>> = {}): Reading => ({
  outcome: 'found',
  employeeId: '7',
  archived: false,
  shown,
  accountId: null,
  ...more,
});

/**
 * Claims and answers until the lane rests or only waits for a look by itself, letting the time of pauses pass.
 * @returns the lane, and the kinds of requests that were made
 */
export const play = (
  start: Lane,
  context: DecisionContext,
  answer: (kind: string) => Answer | Reading,
): { lane: Lane; asked: string[] } => {
  const asked: string[] = [];
  let lane = start;
  let { now } = context;
  for (let steps = 0; steps < 40; steps += 1) {
    if (!lane.due && !lane.attempt) break;
    now = Math.max(now, wakeAt(lane, false) ?? now);
    const at = { ...context, now, id: `attempt-${String(steps)}` };
    const step = claim(lane, at);
    lane = step.lane;
    if (step.task.kind === 'nothing' || step.task.kind === 'refresh-index' || !lane.attempt) continue;
    asked.push(step.task.kind);
    const said = answer(step.task.kind);
    const reads = step.task.kind === 'read-back' || step.task.kind === 'look-up';
    lane = reads
      ? settle(lane, at.id, said as Reading, at).lane
      : record(lane, lane.attempt.id, said as Answer, at).lane;
  }
  return { lane, asked };
};
