import type { Tx } from '@huma-poweroffice/platform';

/** The channel on which lanes that became due are announced. */
export const lanesChannel = 'lanes';

/** Wakes the dispatchers of all replicas once the transaction has committed. */
export const announceLanes = async (tx: Tx): Promise<void> => {
  await tx.query(`SELECT pg_notify('${lanesChannel}', '')`);
};
