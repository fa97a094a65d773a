import type { Tx } from '@huma-poweroffice/platform';

// Any number, as long as both sides use it.
const SCOPES = 7_101_985;
/** A slice of people takes at most so many locks; the lock table of PostgreSQL is shared and small. */
const STRIPES = 64;

const lock = async (tx: Tx, mode: '' | '_shared', organizationIds: readonly string[]): Promise<void> => {
  // In one order for everybody, so that nobody waits in a circle.
  await tx.query(
    `SELECT pg_advisory_xact_lock${mode}($1, stripe)
       FROM (SELECT DISTINCT hashtext(lower(id)) & $3 AS stripe FROM unnest($2::text[]) AS o (id) ORDER BY 1) s`,
    [SCOPES, organizationIds, STRIPES - 1],
  );
};

/**
 * Who is covered by which connection is decided from people and connections together, so neither may change under the
 * other: the people of an organisation are taken in side by side while none of its connections changes, a connection
 * changes alone. Other organisations do not wait, apart from the few that share a stripe.
 */
export const whileConnectionsRest = (tx: Tx, organizationIds: readonly string[]): Promise<void> =>
  lock(tx, '_shared', organizationIds);

/** To be taken once in a transaction, for all organisations that it changes connections of. */
export const whilePeopleRest = (tx: Tx, organizationIds: readonly string[]): Promise<void> =>
  lock(tx, '', organizationIds);

/** As `whileConnectionsRest`, for the organisation of one connection. */
export const whileConnectionRests = async (tx: Tx, connectionId: string): Promise<void> => {
  await tx.query(
    `SELECT pg_advisory_xact_lock_shared($1, hashtext(organization_id::text) & $3)
       FROM connection WHERE connection_id = $2`,
    [SCOPES, connectionId, STRIPES - 1],
  );
};
