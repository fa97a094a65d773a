import type { Tx } from '@huma-poweroffice/platform';

/** The channel on which lanes that became due are announced. */
export const lanesChannel = 'lanes';

/** Wakes the dispatchers of all replicas once the transaction has committed. */
export const announceLanes = async (tx: Tx): Promise<void> => {
  await tx.query(`SELECT pg_notify('${lanesChannel}', '')`);
};

// Any number, as long as both sides use it.
const SCOPES = 7_101_985;

/**
 * Who is covered by which connection is decided from people and connections together, so neither may change under the
 * other: people are taken in side by side while no connection changes, a connection changes alone.
 */
export const whileConnectionsRest = async (tx: Tx): Promise<void> => {
  await tx.query('SELECT pg_advisory_xact_lock_shared($1)', [SCOPES]);
};
export const whilePeopleRest = async (tx: Tx): Promise<void> => {
  await tx.query('SELECT pg_advisory_xact_lock($1)', [SCOPES]);
};
