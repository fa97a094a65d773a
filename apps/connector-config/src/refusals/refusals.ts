import type { Logger } from '@huma-poweroffice/platform';
import type { PermitClass } from '../budget/permit-queue.js';
import type { OwnKeysAlarm } from '../clients/own-keys-alarm.js';
import type { PowerOfficeClients } from '../clients/poweroffice-clients.js';
import type { Asked } from '../clients/asked.js';
import type { Connection } from '../connections/connection.js';
import type { ConnectionChanges, Repositories } from '../connections/connection-changes.js';
import { isHeld } from '../connections/transitions.js';
import { judgeProbe, type Witness } from './judge-probe.js';

const SYSTEM = { kind: 'system', id: null } as const;
/** Other connections that are asked whether it is our own keys that fail. */
const WITNESSES = 2;
/** Fresh tokens of two connections that are refused within this time: the mistake is ours. */
const LIKEWISE_MS = 60_000;
/** Without another report, something waits for a privilege for so long: who waits says so at least once a day. */
const AWAITED_MS = 48 * 3_600_000;

export interface RefusalSettings {
  /** However often it is refused, a connection is not probed again within this time. */
  readonly notWithinMs: number;
  /** How long after the last probe the first one for a waiting privilege comes. */
  readonly awaitedMs: number;
}

export interface ProbeResult {
  /** PowerOffice answered. */
  readonly learned: boolean;
  readonly changed: boolean;
}

/** Finds out what became of a key or a privilege that PowerOffice refused, and holds or lets go accordingly. */
export class Refusals {
  constructor(
    private readonly repositories: Pick<Repositories, 'connections' | 'clientKeys' | 'probes'>,
    private readonly changes: ConnectionChanges,
    private readonly clients: PowerOfficeClients,
    private readonly alarm: OwnKeysAlarm,
    private readonly settings: RefusalSettings,
    private readonly logger: Logger,
  ) {}

  /**
   * Somebody was refused: the connection is probed at once, or, where the last probe was a moment ago or PowerOffice
   * does not answer, later. One that is held already has its probes.
   * @returns the connection as it is then; null when there is none
   */
  async reported(connectionId: string): Promise<Connection | null> {
    const { connections, probes } = this.repositories;
    const seen = await connections.find(connectionId);
    if (!seen || isHeld(seen.phase) || seen.phase === 'disconnected') return seen;
    const { notWithinMs } = this.settings;
    const mine = await connections.claimProbe(connectionId, notWithinMs);
    const { learned } = mine ? await this.probe(connectionId, 'live') : { learned: false };
    if (!learned) await probes.within(connectionId, notWithinMs);
    return connections.find(connectionId);
  }

  /**
   * Something waits for a privilege of the connection: it is probed until its abilities change.
   * @returns the connection; null when there is none
   */
  async awaited(connectionId: string): Promise<Connection | null> {
    const { connections, probes } = this.repositories;
    const seen = await connections.find(connectionId);
    if (seen && seen.phase !== 'disconnected' && seen.heldFor !== 'restored')
      await probes.await(connectionId, AWAITED_MS, this.settings.awaitedMs);
    return seen;
  }

  /** Asks PowerOffice about the connection's key, and changes the connection by what it says. */
  async probe(connectionId: string, permitClass: PermitClass): Promise<ProbeResult> {
    const seen = await this.repositories.connections.find(connectionId);
    const key = seen && (await this.repositories.clientKeys.get(connectionId));
    if (!key) return { learned: true, changed: false };
    const customer = { organizationId: seen.organizationId, connectionId };
    const asked = await this.clients.ask(key, { permitClass, customer });
    const learned = asked.outcome !== 'unavailable';
    // A held connection is refused as before: whose fault it is was found out when it was held.
    const witnesses = isHeld(seen.phase) ? [] : await this.witnesses(connectionId, asked, permitClass);
    const verdict = judgeProbe(seen, asked, witnesses);
    if (verdict.kind === 'own-keys') await this.ours(asked);
    if (verdict.kind !== 'change') return { learned, changed: false };
    // What was asked about the connection says nothing about what it became meanwhile: its key may be another.
    const same = (current: Connection): boolean => current.version === seen.version;
    const after = await this.changes.change(connectionId, SYSTEM, (current) => (same(current) ? verdict : null));
    this.logger.warn(
      { connectionId, change: verdict.change, phase: after?.phase, why: describe[asked.outcome] },
      'a probe has changed a connection',
    );
    return { learned, changed: true };
  }

  private async ours({ outcome }: Asked): Promise<void> {
    if (outcome === 'token-refused') await this.alarm.tokensRefused();
    else await this.alarm.refused('invalid_client');
  }

  /** What becomes of other connections where this one was refused; asks no more when one works. */
  private async witnesses(connectionId: string, asked: Asked, permitClass: PermitClass): Promise<Witness[]> {
    if (asked.outcome === 'token-refused' && (await this.refusedLikewise(connectionId))) return ['refused'];
    if (asked.outcome !== 'refused' && asked.outcome !== 'token-refused') return [];
    const said: Witness[] = [];
    for (const witness of await this.repositories.connections.witnesses(connectionId, WITNESSES)) {
      said.push(await this.hear(witness, asked.outcome, permitClass));
      if (said.includes('works')) break;
    }
    return said;
  }

  /** Those that were held for the same within the minute are probed at once: it was not their fault. */
  private async refusedLikewise(connectionId: string): Promise<boolean> {
    const { probes } = this.repositories;
    await probes.tokenRefused(connectionId);
    const others = await probes.tokensRefusedOfOthers(connectionId, LIKEWISE_MS);
    for (const other of others) await probes.hasten(other, 0);
    return others.length > 0;
  }

  private async hear(
    { connectionId, organizationId }: Connection,
    refused: 'refused' | 'token-refused',
    permitClass: PermitClass,
  ): Promise<Witness> {
    const key = await this.repositories.clientKeys.get(connectionId);
    if (!key) return 'unclear';
    const turn = { permitClass, customer: { organizationId, connectionId } };
    const { outcome } = await (refused === 'refused'
      ? this.clients.requestToken(key, turn)
      : this.clients.ask(key, turn));
    if (outcome === refused) return 'refused';
    return outcome === 'granted' || outcome === 'accepted' ? 'works' : 'unclear';
  }
}

const describe = {
  accepted: 'PowerOffice accepts the key, and says what it may do',
  refused: 'PowerOffice refuses the key',
  'token-refused': 'PowerOffice refuses a token that it has just granted',
  'own-keys': 'the gateway refuses our own keys',
  unavailable: 'PowerOffice does not answer',
} as const satisfies Record<Asked['outcome'], string>;
