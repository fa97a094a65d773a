import type { Logger } from '@huma-poweroffice/platform';
import { employeeSeries } from '@huma-poweroffice/poweroffice';
import type { Call, PowerOfficeClient } from '@huma-poweroffice/poweroffice/client';
import type { Connector, PermitClass } from '../connector/connector.js';
import type { PaidCalls } from '../connector/paid-calls.js';
import type { Tokens } from '../connector/tokens.js';
import type { IndexedEmployee, KnowledgeRepository, Refresh } from './knowledge-repository.js';

const PERMIT_WAIT_MS = 30_000;
/** A list of twenty thousand employees takes its time. */
const LIST_TIMEOUT_MS = 30_000;
const SERIES_OLD_MS = 60 * 60 * 1000;
const SERIES_LOOK_MS = 30_000;

const indexed = ['emailAddress', 'externalImportReference', 'isArchived', 'lastChangedDateTimeOffset'] as const;

/** Keeps what must be known of PowerOffice clients: employees by email when a create asks, number series each hour. */
export class ClientKnowledge {
  private readonly refreshing = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly repository: KnowledgeRepository,
    private readonly client: PowerOfficeClient,
    private readonly by: { readonly calls: PaidCalls; readonly connector: Connector; readonly tokens: Tokens },
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.refreshSeries();
    }, SERIES_LOOK_MS);
    this.refreshSeries();
  }
  stop(): void {
    clearInterval(this.timer);
  }

  /** Brings the index of employees up to date in the background; lanes that wait for it are woken. */
  refreshEmployees(connectionId: string): void {
    this.once(`employees ${connectionId}`, () => this.readEmployees(connectionId));
  }

  /** Looks for connections whose series are old. */
  refreshSeries(): void {
    this.once('series', async () => {
      for (const { connectionId, clientId } of await this.repository.staleSeries(SERIES_OLD_MS))
        await this.readSeries(connectionId, clientId);
    });
  }

  private async readEmployees(connectionId: string): Promise<void> {
    const token = await this.by.tokens.get(connectionId);
    const refresh = token && (await this.repository.beginRefresh(connectionId, token.clientId));
    if (!refresh) return;
    const began = performance.now();
    try {
      const employees = await this.listEmployees(refresh);
      await this.repository.endRefresh(refresh, employees, refresh.changedAfter === null, performance.now() - began);
    } catch (error) {
      await this.repository.giveUpRefresh(refresh);
      throw error;
    }
  }

  private async listEmployees(refresh: Refresh): Promise<IndexedEmployee[]> {
    const { changedAfter } = refresh;
    const employees: IndexedEmployee[] = [];
    for (let page = 1, more = true; more; page += 1) {
      const query = { page, fields: indexed, ...(changedAfter === null ? {} : { changedAfter }) };
      const read = await this.request(refresh, 'live', (call) => this.client.listEmployees(query, call));
      // An employee that cannot be read may be the one with the email: then nobody is created.
      if (read?.outcome !== 'found' || read.value.unreadable.length > 0 || read.value.incomplete)
        throw new Error(`Page ${String(page)} of the employees of a client could not be read`);
      employees.push(...read.value.items);
      more = read.value.more;
    }
    return employees;
  }

  private async readSeries(connectionId: string, clientId: string): Promise<void> {
    const read = await this.request({ connectionId, clientId }, 'background', (call) =>
      this.client.listNumberSeries(call),
    );
    if (read?.outcome === 'found')
      await this.repository.saveSeries(connectionId, clientId, employeeSeries(read.value.items));
    else if (read?.failure.kind === 'forbidden') await this.repository.saveSeries(connectionId, clientId, null);
  }

  /** @returns null when there is no token of that client, or no permit, now */
  private async request<T extends object>(
    { connectionId, clientId }: { readonly connectionId: string; readonly clientId: string },
    permitClass: PermitClass,
    send: (call: Call) => Promise<T>,
  ): Promise<T | null> {
    const { calls, connector, tokens } = this.by;
    const token = await tokens.get(connectionId);
    if (!token) return null;
    if (token.clientId !== clientId) {
      tokens.postpone(connectionId);
      return null;
    }
    const permit = await connector.acquirePermit(permitClass, PERMIT_WAIT_MS);
    if (!permit) return null;
    return calls.make({ connectionId, token, permit, timeoutMs: LIST_TIMEOUT_MS, mayBeForbidden: true }, send);
  }

  /** One at a time of each in this process; a failure is logged, and tried again when somebody asks again. */
  private once(name: string, work: () => Promise<void>): void {
    if (this.refreshing.has(name)) return;
    this.refreshing.add(name);
    work()
      .catch((error: unknown) => {
        this.logger.warn({ err: error, name }, 'what is known of a client could not be brought up to date');
      })
      .finally(() => this.refreshing.delete(name));
  }
}
