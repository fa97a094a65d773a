import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@huma-poweroffice/platform';
import { employeeSeries, type ReadOutcome } from '@huma-poweroffice/poweroffice';
import { PageWalk, type Call, type Page, type PowerOfficeClient } from '@huma-poweroffice/poweroffice/client';
import type { Connector, PermitClass } from '../connector/connector.js';
import type { PaidCalls } from '../connector/paid-calls.js';
import type { Tokens } from '../connector/tokens.js';
import type { LooksShare } from '../lanes/looks-share.js';
import type { EmployeeIndex } from './employee-index.js';
import type { IndexedEmployee } from './index-rows.js';
import type { SeriesReading, SeriesRepository } from './number-series.js';
import { readingFailure, type ReadingFailure } from './pauses.js';
import type { Refresh, RefreshFor } from './refresh.js';
import type { PrivilegeWaits } from './waiting-connections.js';

/** What keeps the knowledge of clients, and reads it. */
export interface ClientKnowledgeParts {
  readonly index: EmployeeIndex;
  readonly series: SeriesRepository;
  readonly privilegeWaits: PrivilegeWaits;
  readonly share: LooksShare;
  readonly client: PowerOfficeClient;
  readonly calls: PaidCalls;
  readonly connector: Connector;
  readonly tokens: Tokens;
  readonly logger: Logger;
}

const PERMIT_WAIT_MS = 30_000;
/** The longest wait for a place in the share of looks: the claim of a reading must outlast it. */
const PLACE_WAIT_MS = 60_000;
/** A page of a list takes its time. */
const LIST_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 15_000;
/** Connections that are looked at in one go; the others follow in the next. */
const MOST_AT_ONCE = 10;

const indexed = ['emailAddress', 'externalImportReference', 'isArchived', 'lastChangedDateTimeOffset'] as const;

/** How a reading of the employees ended; null: it asked nothing, because there was no token, or no permit, now. */
type Reading = 'read' | 'lost' | ReadingFailure | null;

/**
 * Knows what must be known of PowerOffice clients: employees by email, and number series. Nothing is read unless somebody
 * needs it, and what is read because somebody waits is read less and less often (lane protocol, 21).
 */
export class ClientKnowledge {
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ClientKnowledgeParts) {}

  /** The index of employees, for those who record what we did there. */
  get index(): EmployeeIndex {
    return this.parts.index;
  }

  start(): void {
    this.timer = setInterval(() => {
      void this.look();
    }, LOOK_EVERY_MS);
    void this.look();
  }
  stop(): void {
    clearInterval(this.timer);
    this.stopping.abort();
  }

  /**
   * Brings the index of a client's employees up to date in the background, if it is time for it; lanes that wait for it
   * are woken, whatever came of it.
   * @param who `asked`: a person waits, and nobody is put off by failures before
   */
  refreshEmployees(connectionId: string, who: RefreshFor = 'newcomer'): void {
    const name = `employees ${connectionId}`;
    const read = (): Promise<void> => this.once(name, () => this.readEmployees(connectionId, who));
    const underWay = this.underWay.get(name);
    // What is under way may have begun before whatever the person knows of: it is looked at once more.
    if (underWay && who === 'asked') void this.once(`${name} again`, () => underWay.then(read));
    else void read();
  }

  /** Reads once what somebody waits for: employees first, then series. And reports, when it is time, who waits for a privilege. */
  async look(): Promise<void> {
    await this.once('privileges', async () => {
      for (const connectionId of await this.parts.privilegeWaits.claimSweep())
        this.parts.connector.reportWaitingForPrivilege(connectionId);
    });
    await this.once('look', async () => {
      for (const connectionId of await this.parts.index.claimLooks(MOST_AT_ONCE))
        await this.once(`employees ${connectionId}`, () => this.readEmployees(connectionId, 'waiting'));
      for (const reading of await this.parts.series.claim(MOST_AT_ONCE)) await this.readSeries(reading);
    });
  }

  private async readEmployees(connectionId: string, who: RefreshFor): Promise<void> {
    const { index, tokens, logger } = this.parts;
    const token = await tokens.get(connectionId);
    const refresh = token && (await index.begin(connectionId, token.clientId, who));
    if (!refresh) return;
    const reading = await this.readPages(refresh, who === 'waiting' ? 'background' : 'live').catch(
      async (error: unknown) => {
        await index.release(refresh);
        throw error;
      },
    );
    if (reading === 'read') await index.end(refresh);
    else if (reading === null || reading === 'lost') await index.release(refresh);
    else {
      logger.warn({ connectionId, reason: reading }, 'the employees of a client could not be read');
      await index.fail(refresh, reading);
    }
  }

  private async readPages(refresh: Refresh, permitClass: PermitClass): Promise<Reading> {
    const walk = new PageWalk();
    for (let page = 1; ; page += 1) {
      const outcome = await this.readPage(refresh, permitClass, page);
      if (outcome === null) return null;
      if (outcome.outcome !== 'found') return readingFailure(outcome.failure);
      const { value } = outcome;
      if (!(await this.parts.index.savePage(refresh, value))) return 'lost';
      // A row without an id could be any employee, so the list cannot prove that an email is unused.
      if (value.incomplete) return 'employees-unreadable';
      const next = walk.after(value);
      if (next !== 'next') return next === 'end' ? 'read' : 'employees-unreadable';
    }
  }

  private readPage(
    refresh: Refresh,
    permitClass: PermitClass,
    page: number,
  ): Promise<ReadOutcome<Page<IndexedEmployee>> | null> {
    const { changedAfter } = refresh;
    const query = { page, fields: indexed, ...(changedAfter === null ? {} : { changedAfter }) };
    return this.request(refresh, permitClass, (call) => this.parts.client.listEmployees(query, call));
  }

  private async readSeries(reading: SeriesReading): Promise<void> {
    const { client, series } = this.parts;
    const read = await this.request(reading, 'background', (call) => client.listNumberSeries(call));
    if (read?.outcome === 'found' && !read.value.incomplete && read.value.unreadable.length === 0)
      await series.save(reading, employeeSeries(read.value.items));
    else if (read && read.outcome !== 'found' && read.failure.kind === 'forbidden') await series.save(reading, null);
  }

  /** @returns null when there is no token of that client, or no permit, now */
  private async request<T extends object>(
    { connectionId, clientId }: { readonly connectionId: string; readonly clientId: string },
    permitClass: PermitClass,
    send: (call: Call) => Promise<T>,
  ): Promise<T | null> {
    const { calls, connector, tokens } = this.parts;
    const token = await tokens.get(connectionId);
    if (!token) return null;
    if (token.clientId !== clientId) {
      tokens.postpone(connectionId);
      return null;
    }
    if (permitClass === 'background' && !(await this.placeCame())) return null;
    const permit = await connector.acquirePermit(permitClass, PERMIT_WAIT_MS, undefined, connectionId);
    if (!permit) return null;
    return calls.make({ connectionId, token, permit, timeoutMs: LIST_TIMEOUT_MS, mayBeForbidden: true }, send);
  }

  /** Waits for a place in the share of the budget that is for looks. @returns false when there is none soon */
  private async placeCame(): Promise<boolean> {
    const inMs = await this.parts.share.reserve(PLACE_WAIT_MS);
    if (inMs !== null && inMs > 0)
      await sleep(inMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    return inMs !== null && !this.stopping.signal.aborted;
  }

  /** One at a time of each in this process; a failure is logged, and tried again when somebody asks again. */
  private once(name: string, work: () => Promise<void>): Promise<void> {
    const before = this.underWay.get(name);
    if (before) return before;
    const running = work()
      .catch((error: unknown) => {
        this.parts.logger.warn({ err: error, name }, 'what is known of a client could not be brought up to date');
      })
      .finally(() => this.underWay.delete(name));
    this.underWay.set(name, running);
    return running;
  }
}
