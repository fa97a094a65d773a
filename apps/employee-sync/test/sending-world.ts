import { randomBytes, randomUUID } from 'node:crypto';
import { supportedFields, type ConnectionChanged, type HumaUserMessage } from '@huma-poweroffice/contracts';
import { toPerson } from '@huma-poweroffice/huma';
import { createLogger, Database, Keyring, Notifications, Secret } from '@huma-poweroffice/platform';
import { PowerOfficeClient } from '@huma-poweroffice/poweroffice/client';
import { humaValues, link, type Lane } from '@huma-poweroffice/sync-rules';
import {
  aHumaUser,
  createTestDatabase,
  employeeOf,
  startTestPowerOffice,
  type LoggedRequest,
  type TestDatabase,
  type TestPowerOffice,
} from '@huma-poweroffice/testing';
import { migrations } from '../src/database/migrations.js';
import { lanesChannel } from '../src/lanes/lane-channel.js';
import { createSending, type Sending } from '../src/sending/create-sending.js';
import { ConnectionRepository } from '../src/take-in/connection-repository.js';
import { PersonRepository } from '../src/take-in/person-repository.js';
import { FakeConnector } from './fake-connector.js';

/** Short, so that what is unknown is settled soon; still longer than anything here takes. */
const timing = { sendWindowMs: 500, clientTimeoutMs: 700, processingMs: 300, readLagMs: 200, leaseMs: 1500 };

export type EmployeeBody = Record<string, unknown> & { Id: number };

/** The executor over a real database and PowerOffice's simulator; connector-config is played. */
export class SendingWorld {
  readonly keyring = new Keyring(new Secret(`k:${randomBytes(32).toString('base64')}`));
  readonly logger = createLogger('test', 'fatal');
  private readonly clients = new Map<string, { id: string; clientKey: string }>();
  private readonly people = new PersonRepository(this.keyring);
  private readonly connections = new ConnectionRepository();
  private test!: TestDatabase;
  private notifications!: Notifications;
  /** Looks are made at once unless a test says otherwise. */
  looksEveryMs = 0;
  client!: PowerOfficeClient;
  database!: Database;
  powerOffice!: TestPowerOffice;
  connector!: FakeConnector;
  sending!: Sending;

  async start(): Promise<void> {
    this.test = await createTestDatabase();
    this.powerOffice = await startTestPowerOffice({ requestsPerSecond: 1000 });
    const { logger } = this;
    const url = new Secret(this.test.url);
    this.database = await Database.connect({ url, migrations, migrateOnStart: true, logger });
    this.client = new PowerOfficeClient({ baseUrl: this.powerOffice.apiUrl });
    this.connector = new FakeConnector(this.powerOffice, this.clients);
    await this.startSending();
  }

  /** A process of its own, as far as sending is concerned. */
  async startSending(): Promise<void> {
    const { database, keyring, connector, client, logger } = this;
    this.sending = createSending({
      database,
      keyring,
      connector,
      client,
      timing,
      looksEveryMs: this.looksEveryMs,
      logger,
    });
    this.sending.dispatcher.start();
    const wake = (): void => {
      this.sending.dispatcher.wake();
    };
    this.notifications = new Notifications(new Secret(this.test.url), lanesChannel, wake, logger);
    await this.notifications.start();
  }
  /** Another process beside the one that sends already. */
  async anotherProcess(): Promise<{ stop: () => Promise<void> }> {
    const { database, keyring, connector, client, logger } = this;
    const { dispatcher } = createSending({ database, keyring, connector, client, timing, looksEveryMs: 0, logger });
    const notifications = new Notifications(new Secret(this.test.url), lanesChannel, () => dispatcher.wake(), logger);
    dispatcher.start();
    await notifications.start();
    return {
      stop: async () => {
        await notifications.stop();
        await dispatcher.stop();
      },
    };
  }
  async stopSending(): Promise<void> {
    await this.notifications.stop();
    await this.sending.dispatcher.stop();
  }

  async stop(): Promise<void> {
    await this.stopSending();
    this.connector.close();
    this.client.close();
    await this.database.close();
    await this.test.drop();
    await this.powerOffice.stop();
  }

  /** An active connection to a PowerOffice client of its own. */
  async connect(change: Partial<ConnectionChanged> = {}): Promise<Connected> {
    const client = { id: randomUUID(), clientKey: randomUUID() };
    await this.powerOffice.control('PUT', `/clients/${client.id}`, { name: 'Company', clientKey: client.clientKey });
    const connection: ConnectionChanged = {
      connectionId: randomUUID(),
      organizationId: randomUUID(),
      version: 1,
      occurredAt: '2026-11-25T09:30:00.000Z',
      name: 'Norway',
      state: 'active',
      pauseReason: null,
      group: null,
      client: { id: client.id, name: 'Company' },
      settings: { createUsers: false, sendPositions: true, mail: { recipients: [], language: 'en' } },
      abilities: supportedFields.map((field) => ({ field, write: 'yes', compare: 'yes' })),
      activatedAt: '2026-11-25T09:30:00.000Z',
      ...change,
    };
    this.clients.set(connection.connectionId, client);
    const connected = new Connected(this, connection);
    await connected.change({});
    return connected;
  }

  async saveConnection(connection: ConnectionChanged): Promise<void> {
    await this.database.transaction((tx) => this.connections.takeIn(tx, connection));
  }
  async saveUser(organizationId: string, userId: string, version: number, user: HumaUserMessage | null): Promise<void> {
    const event = { id: randomUUID(), trace: null };
    await this.database.transaction((tx) => this.people.takeIn(tx, [{ organizationId, userId, version, user, event }]));
  }
  async query<T = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return this.database.query<T>(sql, parameters);
  }
}

/** One connection, its people in Huma and its employees in PowerOffice. */
export class Connected {
  constructor(
    readonly world: SendingWorld,
    private connection: ConnectionChanged,
  ) {}

  get id(): string {
    return this.connection.connectionId;
  }
  get organizationId(): string {
    return this.connection.organizationId;
  }
  get clientId(): string {
    return this.connection.client.id;
  }

  async change(change: Partial<ConnectionChanged>): Promise<void> {
    this.connection = { ...this.connection, ...change, version: this.connection.version + 1 };
    await this.world.saveConnection(this.connection);
  }

  /** Somebody in Huma; nothing is known of them in PowerOffice. */
  async person(change: Partial<HumaUserMessage> = {}): Promise<Someone> {
    const someone = new Someone(this, randomUUID(), aHumaUser(change));
    await someone.edit({});
    return someone;
  }

  /** Somebody who is in both systems with the same values, and linked as a run links. */
  async linked(change: Partial<HumaUserMessage> = {}, employee: Record<string, unknown> = {}): Promise<Someone> {
    const someone = await this.person(change);
    const { user } = someone;
    const [created] = await this.employees([
      { ...employeeOf(user), ExternalImportReference: someone.userId, ...employee },
    ]);
    await someone.link(String(created?.Id));
    return someone;
  }

  employees(bodies: Record<string, unknown>[]): Promise<EmployeeBody[]> {
    return this.world.powerOffice.control('POST', `/clients/${this.clientId}/employees`, bodies);
  }
  allEmployees(): Promise<EmployeeBody[]> {
    return this.world.powerOffice.control('GET', `/clients/${this.clientId}/employees`);
  }
  /** A clerk edits somebody by hand. */
  async clerk(employeeId: string, change: Record<string, unknown>): Promise<void> {
    await this.world.powerOffice.control('PATCH', `/clients/${this.clientId}/employees/${employeeId}`, change);
  }
  async fault(rule: Record<string, unknown>): Promise<void> {
    await this.world.powerOffice.control('POST', '/faults', { clientId: this.clientId, ...rule });
  }
  async writes(): Promise<LoggedRequest[]> {
    const requests = await this.world.powerOffice.requests();
    return requests.filter((r) => r.clientId === this.clientId && r.method !== 'GET');
  }
}

export class Someone {
  private version = 0;
  employeeId = '';

  constructor(
    readonly connected: Connected,
    readonly userId: string,
    public user: HumaUserMessage,
  ) {}

  async edit(change: Partial<HumaUserMessage>): Promise<void> {
    this.user = { ...this.user, ...change };
    await this.save(this.user);
  }
  delete(): Promise<void> {
    return this.save(null);
  }
  /** The version that was published last, once more. */
  async replay(): Promise<void> {
    this.version -= 1;
    await this.save(this.user);
  }
  private async save(user: HumaUserMessage | null): Promise<void> {
    this.version += 1;
    await this.connected.world.saveUser(this.connected.organizationId, this.userId, this.version, user);
  }

  async link(employeeId: string): Promise<void> {
    this.employeeId = employeeId;
    const { database, sending } = this.connected.world;
    const values = humaValues(toPerson(this.user), null);
    await database.transaction(async (tx) => {
      const [stored] = await sending.lanes.lock(tx, this.connected.id, [this.userId]);
      if (!stored) throw new Error('There is no lane to link');
      const shown = {
        ...values,
        bankAccount: { number: this.user.bankAccount?.number ?? '', country: 'NO', bic: null },
      };
      const employee = {
        employeeId,
        clientId: this.connected.clientId,
        reference: 'ours' as const,
        shown: { ...shown, homeAddress: address(this.user) },
        accountId: null,
      };
      await sending.lanes.save(tx, this.connected.id, [
        { lane: link(stored.lane, employee, values), held: false, class: 3 },
      ]);
    });
  }

  async lane(): Promise<Lane> {
    const { database, sending } = this.connected.world;
    const stored = await sending.lanes.read(database, this.connected.id, this.userId);
    if (!stored) throw new Error('There is no lane');
    return stored.lane;
  }
  async status(): Promise<{ status: string; reason: string | null }> {
    const sql = 'SELECT status, reason FROM lane_status WHERE connection_id = $1 AND user_id = $2';
    const [row] = await this.connected.world.query<{ status: string; reason: string | null }>(sql, [
      this.connected.id,
      this.userId,
    ]);
    if (!row) throw new Error('There is no lane');
    return row;
  }
  async employee(): Promise<EmployeeBody> {
    const found = (await this.connected.allEmployees()).find((e) => e['ExternalImportReference'] === this.userId);
    if (!found) throw new Error('There is no employee with the reference');
    return found;
  }
  async audit(): Promise<{ call: string | null; result: string; fields: string[] }[]> {
    return this.connected.world.query(
      'SELECT call, result, fields FROM audit WHERE connection_id = $1 AND user_id = $2 ORDER BY id',
      [this.connected.id, this.userId],
    );
  }
}

const address = (user: HumaUserMessage): Record<string, string | null> => ({
  addressLine1: user.homeAddress?.line1 ?? null,
  addressLine2: null,
  zipCode: user.homeAddress?.postalCode ?? null,
  city: user.homeAddress?.city ?? null,
  countryCode: user.homeAddress?.country ?? null,
  externalCode: null,
  lastChangedDateTimeOffset: null,
});
