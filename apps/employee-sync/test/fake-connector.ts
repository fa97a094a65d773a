import { randomUUID } from 'node:crypto';
import { PowerOfficeTokenClient } from '@huma-poweroffice/poweroffice/client';
import type { TestPowerOffice } from '@huma-poweroffice/testing';
import type { Connector, Permit, TokenAnswer } from '../src/connector/connector.js';

/** connector-config as far as this service sees it, with permits for everybody and tokens from PowerOffice itself. */
export class FakeConnector implements Connector {
  readonly refusals: string[] = [];
  readonly finishedRuns: string[] = [];
  readonly outstanding = new Set<string>();
  private readonly tokens: PowerOfficeTokenClient;

  constructor(
    private readonly powerOffice: TestPowerOffice,
    private readonly clients: ReadonlyMap<string, { readonly id: string; readonly clientKey: string }>,
  ) {
    this.tokens = new PowerOfficeTokenClient({ tokenUrl: powerOffice.tokenUrl });
  }

  async acquirePermit(): Promise<Permit> {
    const permit = { id: randomUUID(), notBefore: 0, validUntil: performance.now() + 2000, arrivalMs: 50 };
    this.outstanding.add(permit.id);
    return permit;
  }
  reportPermit(permit: Permit): void {
    this.outstanding.delete(permit.id);
  }
  async accessToken(connectionId: string): Promise<TokenAnswer> {
    const client = this.clients.get(connectionId);
    if (!client) return { outcome: 'refused' };
    const { applicationKey, subscriptionKey } = this.powerOffice;
    const answer = await this.tokens.requestToken(
      { applicationKey, clientKey: client.clientKey, subscriptionKey },
      { timeoutMs: 5000 },
    );
    if (answer.outcome !== 'granted') return { outcome: answer.outcome === 'refused' ? 'refused' : 'unavailable' };
    const { accessToken } = answer;
    const usableUntil = performance.now() + 600_000;
    return { outcome: 'granted', token: { accessToken, clientId: client.id, subscriptionKey, usableUntil } };
  }
  reportRateLimited(): void {
    this.refusals.push('rate-limited');
  }
  reportRefusal(_: string, kind: string): void {
    this.refusals.push(kind);
  }
  reportWaitingForPrivilege(): void {
    this.refusals.push('waits-for-privilege');
  }
  async reportRunFinished(_: string, runId: string): Promise<void> {
    this.finishedRuns.push(runId);
  }
  close(): void {
    this.tokens.close();
  }
}
