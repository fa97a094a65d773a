import { emptyLane, type Lane } from '@huma-poweroffice/sync-rules';

/**
 * The lane of somebody who was deleted in Huma and whose employee now belongs to somebody else. What was known of the
 * employee and what was under way there goes with the link.
 */
export const endLink = ({ userId, locked }: Lane): Lane => ({ ...emptyLane(userId), locked });

/**
 * Whether nothing of a deleted person's lane can arrive at the employee any more.
 * @param lookedAt when PowerOffice was read, by the database's clock in milliseconds
 */
export const isOver = ({ attempt }: Lane, lookedAt: number): boolean =>
  attempt === null || (attempt.settleAfter <= lookedAt && attempt.leaseUntil <= lookedAt);
