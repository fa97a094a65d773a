import { randomUUID } from 'node:crypto';
import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import { Administrator, call, type PersonReport } from '@huma-poweroffice/seed';
import { startStack, stopEverything, type App, type Stack } from '@huma-poweroffice/stack';
import { aHumaUser, employeeOf, eventually, type LoggedRequest } from '@huma-poweroffice/testing';

export type EmployeeBody = Readonly<Record<string, unknown>> & { readonly Id: number };

/** Waits in short: what the simulators need at the most is far less. */
const shortened = {
  'connector-config': {
    POWEROFFICE_PROBE_SECONDS: '2',
    POWEROFFICE_PROBE_PAUSE_SECONDS: '1',
    // While brokers and databases are killed and started, a request may take long on the way to the simulator's log.
    POWEROFFICE_ARRIVAL_MS: '1000',
  },
  'employee-sync': {
    SEND_WINDOW_MS: '1000',
    CLIENT_TIMEOUT_MS: '2000',
    POWEROFFICE_PROCESSING_MS: '500',
    POWEROFFICE_READ_LAG_MS: '500',
  },
};

/** Every process of the product, and the world around it. */
export class World {
  stack!: Stack;

  async start(settings: Partial<Record<App, Record<string, string>>> = {}): Promise<void> {
    this.stack = await startStack({
      instance: `system-${randomUUID().slice(0, 8)}`,
      ports: 'free',
      fresh: true,
      outsideApart: true,
      settings: { ...shortened, ...settings },
      step: (_, run) => run(),
    });
  }
  async stop(): Promise<void> {
    await stopEverything();
    this.stack.discard();
  }

  get services(): { huma: string; connectorConfig: string; employeeSync: string } {
    return {
      huma: this.stack.url('huma-simulator'),
      connectorConfig: this.stack.url('connector-config'),
      employeeSync: this.stack.url('employee-sync'),
    };
  }
  huma<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    return call<T>(method, `${this.stack.url('huma-simulator')}/control${path}`, body === undefined ? {} : { body });
  }
  powerOffice<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const url = `${this.stack.url('poweroffice-simulator')}/control${path}`;
    return call<T>(method, url, body === undefined ? {} : { body });
  }
  requests(since = 0): Promise<LoggedRequest[]> {
    return this.powerOffice('GET', `/requests?since=${String(since)}`);
  }

  /** Records that employee-sync has not taken in, as its metrics say. */
  lag(): Promise<number> {
    return this.metric('kafka_lag_records');
  }

  /** The sum over all labels of what employee-sync's metrics say under a name. */
  async metric(name: string): Promise<number> {
    const response = await fetch(`${this.services.employeeSync}/metrics`);
    const lines = (await response.text()).matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'gm'));
    const numbers = [...lines].map(([, number]) => Number(number));
    if (numbers.length === 0) throw new Error(`The metrics say nothing of ${name}`);
    return numbers.reduce((sum, number) => sum + number, 0);
  }

  /** An organisation with an administrator, and a PowerOffice client of its own. */
  async organization(): Promise<Organization> {
    const organization = new Organization(this);
    await organization.prepare();
    return organization;
  }
}

export class Organization {
  readonly id = randomUUID();
  readonly clientId = randomUUID();
  readonly clientKey = randomUUID();
  administrator!: Administrator;

  constructor(readonly world: World) {}

  async prepare(): Promise<void> {
    await this.world.powerOffice('PUT', `/clients/${this.clientId}`, { name: 'Company', clientKey: this.clientKey });
    await this.world.huma('PUT', `/organizations/${this.id}`, {
      name: 'Organisation',
      clientId: randomUUID(),
      clientSecret: randomUUID(),
    });
    await this.world.huma('PUT', `/accounts/${this.id}`, {
      name: 'Anne',
      email: 'anne@example.com',
      locale: 'en',
      permissions: ['organization:full'],
      organizationId: this.id,
    });
    this.administrator = await Administrator.signIn(this.world.services, this.id);
  }

  /** People of Huma, each with an employee of the same values. */
  async people(count: number, change: Partial<HumaUserMessage> = {}): Promise<Someone[]> {
    const people = Array.from({ length: count }, () => new Someone(this, randomUUID(), aHumaUser(change)));
    await this.world.powerOffice(
      'POST',
      `/clients/${this.clientId}/employees`,
      people.map(({ user }) => employeeOf(user)),
    );
    await this.addUsers(people);
    return people;
  }
  /** Somebody who is only in Huma. */
  async newcomer(change: Partial<HumaUserMessage> = {}): Promise<Someone> {
    const someone = new Someone(this, randomUUID(), aHumaUser(change));
    await this.addUsers([someone]);
    return someone;
  }
  private async addUsers(people: readonly Someone[]): Promise<void> {
    const users = people.map(({ userId, user }) => ({ id: userId, profile: user }));
    await this.world.huma('POST', `/organizations/${this.id}/users`, users);
  }

  /** A group of the organisation; answers its id. */
  async group(type: 'company' | 'location' | 'team'): Promise<string> {
    const id = randomUUID();
    await this.world.huma('PUT', `/groups/${id}`, { organizationId: this.id, type, name: 'Group' });
    return id;
  }

  /** Connected, everybody linked, active. */
  async connected(settings: { createUsers?: boolean; group?: object } = {}): Promise<string> {
    const connectionId = await this.administrator.connect({
      clientKey: this.clientKey,
      group: settings.group ?? null,
      settings: {
        createUsers: settings.createUsers ?? false,
        sendPositions: true,
        mail: { recipients: [], language: 'en' },
      },
    });
    await this.administrator.synchronize(connectionId);
    await this.atRest(connectionId);
    return connectionId;
  }

  /** Everything that happened in Huma has been taken in, and nothing is left to be done for anybody of the connection. */
  async atRest(connectionId: string, withinMs = 60_000): Promise<void> {
    await this.world.huma('POST', '/flush');
    await eventually(async () => {
      expect(await this.world.lag()).toBe(0);
    }, withinMs);
    await eventually(async () => {
      expect(await this.administrator.summary(connectionId)).toMatchObject({ state: 'active', waiting: 0 });
    }, withinMs);
  }
  employees(): Promise<EmployeeBody[]> {
    return this.world.powerOffice('GET', `/clients/${this.clientId}/employees`);
  }
  accounts(): Promise<{ Id: number; ContactId: number; BankAccountNumber: string }[]> {
    return this.world.powerOffice('GET', `/clients/${this.clientId}/accounts`);
  }
  async fault(rule: Record<string, unknown>): Promise<void> {
    await this.world.powerOffice('POST', '/faults', { clientId: this.clientId, ...rule });
  }
  /** What PowerOffice was asked to change, in the order in which it arrived. */
  async writes(): Promise<LoggedRequest[]> {
    const requests = await this.world.requests();
    return requests.filter((r) => r.clientId === this.clientId && r.method !== 'GET');
  }
}

export class Someone {
  constructor(
    readonly organization: Organization,
    readonly userId: string,
    public user: HumaUserMessage,
  ) {}

  private get path(): string {
    return `/organizations/${this.organization.id}/users/${this.userId}`;
  }
  /** Somebody edits the person in Huma. */
  async edit(change: Partial<HumaUserMessage>): Promise<void> {
    this.user = { ...this.user, ...change };
    await this.organization.world.huma('PATCH', this.path, change);
  }
  async delete(): Promise<void> {
    await this.organization.world.huma('DELETE', this.path);
  }
  /** A clerk edits the employee in PowerOffice. */
  async clerk(change: Record<string, unknown>): Promise<void> {
    const { Id } = await this.employee();
    const path = `/clients/${this.organization.clientId}/employees/${String(Id)}`;
    await this.organization.world.powerOffice('PATCH', path, change);
  }
  async employee(): Promise<EmployeeBody> {
    const all = await this.organization.employees();
    const found = all.find(
      (e) => e['ExternalImportReference'] === this.userId || e['EmailAddress'] === this.user.email,
    );
    if (!found) throw new Error('There is no such employee');
    return found;
  }
  report(connectionId: string): Promise<PersonReport> {
    return this.organization.administrator.person(connectionId, this.userId);
  }
}
