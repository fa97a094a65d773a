import type { Asked, TokenAsked } from '../clients/asked.js';
import { readsEmployees, sameAbilities } from '../connections/abilities.js';
import type { Connection, HoldReason } from '../connections/connection.js';
import type { Decision } from '../connections/decisions.js';
import { isHeld, next } from '../connections/transitions.js';

export type Verdict =
  { readonly kind: 'leave' } | { readonly kind: 'own-keys' } | ({ readonly kind: 'change' } & Decision);

const leave = { kind: 'leave' } as const;

const hold = (connection: Connection, reason: HoldReason, more: Pick<Decision['to'], 'abilities'> = {}): Verdict => {
  const phase = next(connection.phase, 'hold');
  if (!phase || (phase === connection.phase && connection.heldFor === reason)) return leave;
  return { kind: 'change', to: { phase, heldFor: reason, ...more }, change: 'held', details: { reason } };
};

/**
 * Whose fault it is that PowerOffice refuses application and client key together: if it accepts another connection's,
 * it is this connection's key; if it refuses those too, it is our own. Who is alone has the blame.
 */
const judgeRefused = (connection: Connection, witnesses: readonly TokenAsked['outcome'][]): Verdict => {
  if (witnesses.length === 0 || witnesses.includes('granted')) return hold(connection, 'key-refused');
  return witnesses.includes('refused') ? { kind: 'own-keys' } : leave;
};

/** What a connection becomes when PowerOffice has been asked about its key. Pure. */
export const judgeProbe = (
  connection: Connection,
  asked: Asked,
  witnesses: readonly TokenAsked['outcome'][],
): Verdict => {
  if (asked.outcome === 'refused') return judgeRefused(connection, witnesses);
  if (asked.outcome !== 'accepted' || connection.phase === 'disconnected') return leave;
  if (asked.client.id !== connection.client.id) return hold(connection, 'key-refused');
  const changed = !sameAbilities(asked.abilities, connection.abilities);
  const abilities = changed ? { abilities: asked.abilities } : {};
  const held = readsEmployees(asked.abilities) ? leave : hold(connection, 'privilege-missing', abilities);
  if (held.kind === 'change') return held;
  const recovers = isHeld(connection.phase) && readsEmployees(asked.abilities);
  const phase = recovers ? next(connection.phase, 'recover') : null;
  if (phase) return { kind: 'change', to: { phase, heldFor: null, ...abilities }, change: 'recovered', details: {} };
  return changed ? { kind: 'change', to: abilities, change: 'privileges-changed', details: {} } : leave;
};
