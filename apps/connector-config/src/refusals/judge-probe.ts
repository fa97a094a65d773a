import type { Asked } from '../clients/asked.js';
import { readsEmployees, sameAbilities } from '../connections/abilities.js';
import type { Connection, HoldReason } from '../connections/connection.js';
import type { Decision } from '../connections/decisions.js';
import { isHeld, next } from '../connections/transitions.js';

export type Verdict =
  { readonly kind: 'leave' } | { readonly kind: 'own-keys' } | ({ readonly kind: 'change' } & Decision);

/** How another connection fared with the same request; `unclear` allows no conclusion. */
export type Witness = 'works' | 'refused' | 'unclear';

const leave = { kind: 'leave' } as const;

const hold = (connection: Connection, reason: HoldReason, more: Pick<Decision['to'], 'abilities'> = {}): Verdict => {
  const phase = next(connection.phase, 'hold');
  if (!phase || (phase === connection.phase && connection.heldFor === reason)) return leave;
  return { kind: 'change', to: { phase, heldFor: reason, ...more }, change: 'held', details: { reason } };
};

/**
 * Decides who is at fault when PowerOffice refuses the application key together with a client key, or a token that it
 * has just granted. If another connection works, this connection's key is at fault; if that one is refused too, our own
 * keys are. Without another connection this one is held. A connection that is held already keeps its reason.
 */
const judgeRefused = (connection: Connection, reason: HoldReason, witnesses: readonly Witness[]): Verdict => {
  if (isHeld(connection.phase)) return leave;
  if (witnesses.length === 0 || witnesses.includes('works')) return hold(connection, reason);
  return witnesses.includes('refused') ? { kind: 'own-keys' } : leave;
};

/** What a connection becomes when PowerOffice has been asked about its key. Pure. */
export const judgeProbe = (connection: Connection, asked: Asked, witnesses: readonly Witness[]): Verdict => {
  // Only a person can confirm a connection that was restored from a backup.
  if (connection.heldFor === 'restored') return leave;
  if (asked.outcome === 'refused') return judgeRefused(connection, 'key-refused', witnesses);
  if (asked.outcome === 'token-refused') return judgeRefused(connection, 'token-refused', witnesses);
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
