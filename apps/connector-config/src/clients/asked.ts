import type { FieldAbility } from '../connections/abilities.js';
import type { Client } from '../connections/connection.js';

/** What PowerOffice says of a client key. */
export type Asked =
  | {
      readonly outcome: 'accepted';
      readonly client: Client;
      readonly abilities: readonly FieldAbility[];
    }
  | Refused
  | TokenRefused
  | Failed;

export type TokenAsked =
  { readonly outcome: 'granted'; readonly accessToken: string; readonly lifeMs: number } | Refused | Failed;

/** Application key and client key do not belong together: whose fault that is, is another question. */
export interface Refused {
  readonly outcome: 'refused';
  /** PowerOffice's own words, masked; for people. */
  readonly reason: string;
}

/** PowerOffice itself refuses the token that it has just granted. */
export interface TokenRefused {
  readonly outcome: 'token-refused';
}

/** Nothing is said about the client key. */
export interface Failed {
  /** `own-keys`: the gateway refuses our subscription. `unavailable`: it does not answer, or not in a way we know. */
  readonly outcome: 'own-keys' | 'unavailable';
  readonly code: string;
}
