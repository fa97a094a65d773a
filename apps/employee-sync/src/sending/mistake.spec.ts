import { emptyLane, wakeAt, type Lane } from '@huma-poweroffice/sync-rules';
import { afterMistake } from './mistake.js';

it('a lane that cannot be decided is tried a few times, then parked with the reason', () => {
  let lane: Lane = { ...emptyLane('user'), due: true };
  for (const now of [1000, 70_000]) {
    lane = afterMistake(lane, now);
    expect(wakeAt(lane, false)).toBe(now + 60_000);
  }
  lane = afterMistake(lane, 140_000);
  expect(wakeAt(lane, false)).toBeNull();
  expect(lane).toMatchObject({ due: false, blocked: { reason: 'internal-error' } });
});
