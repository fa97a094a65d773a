import { isDeepStrictEqual } from 'node:util';
import type { Connection } from './connection.js';
import type { Change } from './history-repository.js';
import { next, type TransitionEvent } from './transitions.js';

/** What of a connection changes, and how the history tells it. */
export interface Decision extends Change {
  readonly to: Partial<
    Pick<Connection, 'name' | 'group' | 'settings' | 'phase' | 'heldFor' | 'client' | 'abilities' | 'activatedAt'>
  >;
}

/** What a person may edit; what is absent stays. */
export type Edit = Partial<Pick<Connection, 'name' | 'group' | 'settings'>>;

const parts = ({
  name,
  group,
  settings,
}: Pick<Connection, 'name' | 'group' | 'settings'>): Record<string, unknown> => ({
  name,
  group,
  'settings.createUsers': settings.createUsers,
  'settings.sendPositions': settings.sendPositions,
  'settings.mail.language': settings.mail.language,
  'settings.mail.recipients': settings.mail.recipients,
});

/** What the history keeps of a value: of people's addresses only that they changed. */
const told = (part: string, value: unknown): unknown => (part === 'settings.mail.recipients' ? '…' : value);

/** Changes what differs; null when nothing does. */
export const edit = (connection: Connection, wanted: Edit): Decision | null => {
  const [before, after] = [parts(connection), parts({ ...connection, ...wanted })];
  const differing = Object.keys(after).filter((part) => !isDeepStrictEqual(before[part], after[part]));
  if (differing.length === 0) return null;
  const details = differing.map((part) => [part, { from: told(part, before[part]), to: told(part, after[part]) }]);
  return { to: wanted, change: 'edited', details: Object.fromEntries(details) as Record<string, unknown> };
};

/** @returns null where the connection's phase does not allow it */
export const move = (
  connection: Connection,
  event: Exclude<TransitionEvent, 'run-finished' | 'hold'>,
  more: Pick<Decision['to'], 'client' | 'abilities'> = {},
): Decision | null => {
  const phase = next(connection.phase, event);
  if (!phase) return null;
  // Resuming after a person's pause would not check whether the key belongs to the connection's client.
  if (event === 'pause' && connection.heldFor === 'restored') return null;
  // A new start has had no run.
  const anew = event === 'start-anew' ? { activatedAt: null } : {};
  const details = more.client ? { client: more.client } : {};
  return { to: { phase, heldFor: null, ...anew, ...more }, change: event, details };
};

/**
 * The first finished run activates; every later one changes nothing. Of another client's run, nothing is known here.
 */
export const finishRun = (connection: Connection, clientId: string | null, now: number): Decision | null => {
  const phase = next(connection.phase, 'run-finished');
  if (!phase || phase === connection.phase) return null;
  if (clientId !== null && clientId !== connection.client.id) return null;
  return { to: { phase, activatedAt: now }, change: 'run-finished', details: {} };
};

/** The connection after the decision. `now` in milliseconds since 1970. */
export const decided = (connection: Connection, { to }: Decision, now: number): Connection => ({
  ...connection,
  ...to,
  version: connection.version + 1,
  changedAt: now,
});
