import type { TokenAsked } from '../clients/asked.js';
import type { PowerOfficeClients } from '../clients/poweroffice-clients.js';
import type { Connection } from '../connections/connection.js';
import type { Repositories } from '../connections/connection-changes.js';
import type { ConnectionRepository } from '../connections/connection-repository.js';
import type { Refusals } from '../refusals/refusals.js';
import type { Renew, TokenKeeper, Usable } from './token-keeper.js';

/** Why a connection has no token; stable codes. */
export type NoToken =
  | { readonly outcome: 'not-found' | 'disconnected' | 'key-refused' | 'token-refused' | 'restored' }
  /** Nothing is wrong with the key. */
  | { readonly outcome: 'unavailable' };

export type RenewalFailure = Exclude<TokenAsked, { readonly outcome: 'granted' }> | { readonly outcome: 'no-key' };

/** New tokens of PowerOffice by a connection's key. */
export const renewByKey =
  (
    repositories: Pick<Repositories, 'clientKeys' | 'connections'>,
    clients: PowerOfficeClients,
  ): Renew<RenewalFailure> =>
  async (connectionId) => {
    const key = await repositories.clientKeys.get(connectionId);
    const connection = key && (await repositories.connections.find(connectionId));
    if (!connection) return { outcome: 'no-key' };
    const { organizationId } = connection;
    return clients.requestToken(key, { permitClass: 'live', customer: { organizationId, connectionId } });
  };

/** Why the connection cannot have a token at all, if it cannot. */
const without = (connection: Connection | null): NoToken | null => {
  if (!connection) return { outcome: 'not-found' };
  if (connection.phase === 'disconnected') return { outcome: 'disconnected' };
  const { heldFor } = connection;
  return heldFor === 'key-refused' || heldFor === 'token-refused' || heldFor === 'restored'
    ? { outcome: heldFor }
    : null;
};

/** How often a connection may change while its token is looked for. */
const TRIES = 3;

/** Access tokens of PowerOffice for connections. */
export class PowerOfficeTokens {
  constructor(
    private readonly repositories: { readonly connections: Pick<ConnectionRepository, 'find'> },
    private readonly keeper: Pick<TokenKeeper<RenewalFailure>, 'get'>,
    private readonly refusals: Pick<Refusals, 'reported'>,
  ) {}

  /** @param refused the token that PowerOffice refused, if one was */
  async get(connectionId: string, refused: string | null): Promise<(Usable & { readonly clientId: string }) | NoToken> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const seen = await this.repositories.connections.find(connectionId);
      const none = without(seen);
      if (none || !seen) return none ?? { outcome: 'not-found' };
      const token = await this.keeper.get(connectionId, refused);
      if (token.outcome !== 'usable') return this.whyNot(connectionId, token);
      // A token of one client under the name of another would write one company's people into another's books.
      const after = await this.repositories.connections.find(connectionId);
      if (after?.version === seen.version) return { ...token, clientId: seen.client.id };
    }
    return { outcome: 'unavailable' };
  }

  private async whyNot(connectionId: string, { outcome }: RenewalFailure): Promise<NoToken> {
    if (outcome === 'no-key') return { outcome: 'disconnected' };
    if (outcome !== 'refused') return { outcome: 'unavailable' };
    const judged = await this.refusals.reported(connectionId);
    return without(judged) ?? { outcome: 'unavailable' };
  }
}
