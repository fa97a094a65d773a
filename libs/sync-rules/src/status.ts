import { lockReason, type World } from './protocol.js';
import type { Lane } from './lane.js';

export const laneStatuses = [
  'up-to-date',
  'waiting',
  'sending',
  'unsettled',
  'retrying',
  'blocked',
  'partly-refused',
  'locked',
  'not-linked',
] as const;
/** What an administrator sees of a person; derived from the lane, never stored as a truth of its own. */
export type LaneStatus = (typeof laneStatuses)[number];

/** The status of a lane, and the reason where there is one. */
export const laneStatus = (
  lane: Lane,
  world: Pick<World, 'person' | 'inScope'>,
): { readonly status: LaneStatus; readonly reason: string | null } => {
  const locked = lockReason(world);
  if (locked) return { status: 'locked', reason: locked };
  if (lane.attempt) {
    return lane.attempt.outcome === 'open'
      ? { status: 'sending', reason: lane.attempt.kind }
      : { status: 'unsettled', reason: lane.attempt.kind };
  }
  if (lane.due) return lane.retry ? { status: 'retrying', reason: null } : { status: 'waiting', reason: null };
  if (lane.blocked) return { status: 'blocked', reason: lane.blocked.reason };
  if (!lane.link) return { status: 'not-linked', reason: lane.isNew ? 'creating-is-off' : 'needs-synchronize-users' };
  const refused = Object.values(lane.fields).find((state) => state.refused)?.refused;
  return refused ? { status: 'partly-refused', reason: refused.reason } : { status: 'up-to-date', reason: null };
};
