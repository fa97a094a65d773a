import type { Logger } from '@huma-poweroffice/platform';
import type { OwnKeysAlarm } from '../clients/own-keys-alarm.js';
import type { PowerOfficeClients } from '../clients/poweroffice-clients.js';
import type { Asked, TokenAsked } from '../clients/asked.js';
import type { Connection } from '../connections/connection.js';
import type { ConnectionChanges, Repositories } from '../connections/connection-changes.js';
import { judgeProbe } from './judge-probe.js';

const SYSTEM = { kind: 'system', id: null } as const;
/** Other connections that are asked whether it is our own keys that fail. */
const WITNESSES = 2;

/** Finds out what became of a key or a privilege that PowerOffice refused, and holds or lets go accordingly. */
export class Refusals {
  constructor(
    private readonly repositories: Pick<Repositories, 'connections' | 'clientKeys'>,
    private readonly changes: ConnectionChanges,
    private readonly clients: PowerOfficeClients,
    private readonly alarm: OwnKeysAlarm,
    private readonly logger: Logger,
  ) {}

  /**
   * Somebody was refused: the connection is probed, unless it was within that time.
   * @returns the connection as it is then; null when there is none
   */
  async reported(connectionId: string, notWithinMs: number): Promise<Connection | null> {
    if (await this.repositories.connections.claimProbe(connectionId, notWithinMs)) await this.probe(connectionId);
    return this.repositories.connections.find(connectionId);
  }

  /** Asks PowerOffice about the connection's key, and changes the connection by what it says. */
  async probe(connectionId: string): Promise<void> {
    const seen = await this.repositories.connections.find(connectionId);
    const key = seen && (await this.repositories.clientKeys.get(connectionId));
    if (!key) return;
    const asked = await this.clients.ask(key, 'live');
    const witnesses = asked.outcome === 'refused' ? await this.witnesses(connectionId) : [];
    const verdict = judgeProbe(seen, asked, witnesses);
    if (verdict.kind === 'own-keys') await this.alarm.refused('invalid_client');
    if (verdict.kind !== 'change') return;
    // What was asked about the connection says nothing about what it became meanwhile: its key may be another.
    const same = (current: Connection): boolean => current.version === seen.version;
    const after = await this.changes.change(connectionId, SYSTEM, (current) => (same(current) ? verdict : null));
    this.logger.warn(
      { connectionId, change: verdict.change, phase: after?.phase, why: describe(asked) },
      'a probe has changed a connection',
    );
  }

  /** What becomes of other connections' keys; asks no more when one is accepted. */
  private async witnesses(besides: string): Promise<TokenAsked['outcome'][]> {
    const said: TokenAsked['outcome'][] = [];
    for (const { connectionId } of await this.repositories.connections.witnesses(besides, WITNESSES)) {
      const key = await this.repositories.clientKeys.get(connectionId);
      if (key) said.push((await this.clients.requestToken(key, 'live')).outcome);
      if (said.includes('granted')) break;
    }
    return said;
  }
}

const describe = ({ outcome }: Asked): string =>
  outcome === 'accepted' ? 'PowerOffice accepts the key, and says what it may do' : 'PowerOffice refuses the key';
