import { lockReason, type Lane, type World } from '@huma-poweroffice/sync-rules';

/**
 * Whether only an event can bring the lane on: the person is locked, or what is unsettled was sent to a client that the
 * connection no longer has.
 */
export const isHeld = (lane: Lane, world: World): boolean =>
  lockReason(world) !== null || (lane.attempt !== null && lane.attempt.clientId !== world.connection.clientId);
