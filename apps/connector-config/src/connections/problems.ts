import { ProblemError } from '@huma-poweroffice/platform';
import type { Client, Connection } from './connection.js';

/** @param other the connection that has the client; null when it is another organisation's */
export const clientTaken = (other: Pick<Connection, 'name'> | null): ProblemError =>
  new ProblemError(409, 'client-already-connected', 'This PowerOffice client is connected already.', {
    ...(other ? { detail: `The connection "${other.name}" has it.` } : {}),
  });

export const groupNotFound = (): ProblemError =>
  new ProblemError(422, 'group-not-found', 'Huma knows no such group.', {
    errors: [{ path: 'group.id', message: 'is not a group of the organisation' }],
  });

export const reusedKey = (): ProblemError =>
  new ProblemError(422, 'idempotency-key-reused', 'This Idempotency-Key was used for another request.');

export const notAllowed = (): ProblemError =>
  new ProblemError(409, 'transition-not-allowed', 'The state of the connection does not allow this.');

export const disconnected = (): ProblemError =>
  new ProblemError(409, 'disconnected', 'The connection is disconnected.');

export const otherClient = (client: Client): ProblemError =>
  new ProblemError(409, 'client-key-of-another-client', 'The key is of another PowerOffice client.', {
    detail: `It is of "${client.name}". Confirm with newStart that the connection is to begin anew with it.`,
  });

export const keyMissing = (): ProblemError =>
  new ProblemError(409, 'client-key-missing', 'The connection has no client key any more; replace it by a new one.');

export const privilegeMissing = (): ProblemError =>
  new ProblemError(409, 'privilege-missing', 'The key does not allow to read employees.');
