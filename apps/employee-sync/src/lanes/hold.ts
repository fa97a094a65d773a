import { lockReason, type Lane, type DecisionContext } from '@huma-poweroffice/sync-rules';

/**
 * Whether only an event can bring the lane on: the person is locked, or what is unsettled was sent to a client that the
 * connection no longer has.
 */
export const isHeld = (lane: Lane, context: Pick<DecisionContext, 'person' | 'inScope' | 'connection'>): boolean =>
  lockReason(context) !== null || (lane.attempt !== null && lane.attempt.clientId !== context.connection.clientId);
