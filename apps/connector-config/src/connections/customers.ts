import type { Customer } from '../budget/permit-queue.js';
import type { ConnectionRepository } from './connection-repository.js';

const MOST = 20_000;

/** Finds the customer of a request. A connection never changes its organisation, so the result is cached. */
export class Customers {
  private readonly organizations = new Map<string, string>();

  constructor(private readonly connections: Pick<ConnectionRepository, 'find'>) {}

  /** Both ids come from the caller and are empty if it does not name them. */
  async of(connectionId: string, organizationId: string): Promise<Customer> {
    if (connectionId === '') return { connectionId, organizationId };
    return { connectionId, organizationId: await this.organizationOf(connectionId, organizationId) };
  }

  private async organizationOf(connectionId: string, said: string): Promise<string> {
    const known = this.organizations.get(connectionId);
    if (known !== undefined) return known;
    const found = (await this.connections.find(connectionId))?.organizationId;
    // The turns of a connection that does not exist are counted by the organisation that the caller named.
    if (found === undefined) return said;
    if (this.organizations.size >= MOST) this.organizations.clear();
    this.organizations.set(connectionId, found);
    return found;
  }
}
