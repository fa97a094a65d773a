import type { Customer } from '../budget/permit-queue.js';
import type { ConnectionRepository } from './connection-repository.js';

const MOST = 20_000;

/** For whom requests are made. A connection never changes its organisation, so what was found is kept. */
export class Customers {
  private readonly organizations = new Map<string, string>();

  constructor(private readonly connections: Pick<ConnectionRepository, 'find'>) {}

  /** @param connectionId and the organisation: as the caller says, empty where it does not */
  async of(connectionId: string, organizationId: string): Promise<Customer> {
    if (connectionId === '') return { connectionId, organizationId };
    return { connectionId, organizationId: await this.organizationOf(connectionId, organizationId) };
  }

  private async organizationOf(connectionId: string, said: string): Promise<string> {
    const known = this.organizations.get(connectionId);
    if (known !== undefined) return known;
    const found = (await this.connections.find(connectionId))?.organizationId;
    // Whoever names a connection that does not exist has a turn of its own, by what it said.
    if (found === undefined) return said;
    if (this.organizations.size >= MOST) this.organizations.clear();
    this.organizations.set(connectionId, found);
    return found;
  }
}
