import { emptyLane, wakeAt, type Attempt, type Lane } from '@huma-poweroffice/sync-rules';
import { afterMistake } from './mistake.js';

const NOW = 1_000_000;
const due: Lane = { ...emptyLane('user'), due: true };

describe('a mistake of ours', () => {
  it('is tried again after pauses that grow, then blocks the person with the reason, and is looked at again', () => {
    const pauses: number[] = [];
    let lane = due;
    for (let tries = 0; tries < 2; tries += 1) {
      lane = afterMistake(lane, NOW, 0);
      pauses.push((lane.retry?.notBefore ?? 0) - NOW);
    }
    expect(pauses).toEqual([1000, 2000]);
    lane = afterMistake(lane, NOW, 0);
    expect(lane).toMatchObject({ due: false, blocked: { reason: 'internal-error', waitsFor: 'program' } });
    expect(wakeAt(lane, false)).toBeGreaterThan(NOW);
  });

  it('never leaves an attempt whose lease has run out due at once', () => {
    const attempt = {
      kind: 'patch',
      outcome: 'open',
      leaseUntil: NOW - 1,
      settleAfter: NOW - 1,
      reading: null,
    } as Attempt;
    let lane: Lane = { ...due, attempt };
    for (let tries = 0; tries < 20; tries += 1) {
      lane = afterMistake(lane, NOW, 0);
      expect(wakeAt(lane, false)).toBeGreaterThan(NOW);
      expect(lane.attempt?.outcome).toBe('unknown');
    }
  });
});
