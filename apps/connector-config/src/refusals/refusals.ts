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
/** If fresh tokens of two connections are refused within this time, our own keys are at fault. */
const LIKEWISE_MS = 60_000;
/** The time after which a wait for a privilege expires. Callers repeat their report at least once a day. */
const AWAITED_MS = 48 * 3_600_000;

export interface RefusalSettings {
  /** The shortest time between two probes of a connection because of refusals. */
  readonly notWithinMs: number;
  /** The shortest time between the last probe and the first one for an awaited privilege. */
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
   * A request of the connection was refused. The connection is probed at once, or later if the last probe was too
   * recent or PowerOffice does not answer. A held connection has its own schedule.
   * @returns the connection afterwards; null if there is none
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
   * Something waits for a privilege of the connection, which is probed until its abilities change.
   * @returns the connection; null if there is none
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
    // The fault was determined when the connection was held, so a held connection needs no witnesses.
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

  /** Makes the refused request for other connections, until one of them works. */
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

  /**
   * Whether another connection was refused within the minute. Such connections are probed at once, as they are not at
   * fault.
   */
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
