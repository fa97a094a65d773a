import type { Tx } from '@huma-poweroffice/platform';

/**
 * Keeps a connection's client as it is until the transaction ends. The lock is taken before any other lock, in the same
 * order as when a change of the connection is taken in, to avoid deadlocks.
 * @returns whether it is this client
 */
export const holdClient = async (tx: Tx, connectionId: string, clientId: string): Promise<boolean> => {
  const sql = 'SELECT 1 FROM connection WHERE connection_id = $1 AND client_id = $2 FOR KEY SHARE';
  return (await tx.query(sql, [connectionId, clientId])).length > 0;
};

/**
 * Sees to it that there is a row of this client, and holds it; what somebody who was late saved of an earlier client goes.
 * @returns false when this is not the connection's client: then nothing of it may be saved
 */
export const makeRoom = async (tx: Tx, connectionId: string, clientId: string): Promise<boolean> => {
  if (!(await holdClient(tx, connectionId, clientId))) return false;
  const [row] = await tx.query<{ clientId: string }>(
    `INSERT INTO client_knowledge AS k (connection_id, client_id) VALUES ($1, $2)
     ON CONFLICT (connection_id) DO UPDATE SET connection_id = k.connection_id
     RETURNING client_id AS "clientId"`,
    [connectionId, clientId],
  );
  if (row?.clientId === clientId) return true;
  await tx.query('DELETE FROM client_employee WHERE connection_id = $1', [connectionId]);
  await tx.query('DELETE FROM client_knowledge WHERE connection_id = $1', [connectionId]);
  await tx.query('INSERT INTO client_knowledge (connection_id, client_id) VALUES ($1, $2)', [connectionId, clientId]);
  return true;
};
