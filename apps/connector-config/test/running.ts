import { randomBytes, randomUUID } from 'node:crypto';
import {
  createTestDatabase,
  createTestTopics,
  startSimulator,
  startTestIssuer,
  type Simulator,
  type TestDatabase,
  type TestIssuer,
  type TestTopics,
} from '@huma-poweroffice/testing';
import { Database, Secret, createLogger } from '@huma-poweroffice/platform';
import { GrpcClient } from './grpc-client.js';
import { startConnectorConfig, type RunningConnectorConfig } from '../src/connector-config.js';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Who calls; an administrator of the test's organisation when absent, nobody when null. */
  readonly token?: string | null;
  readonly at?: RunningConnectorConfig;
}

/** A PowerOffice client that is known to the simulator. */
export interface KnownClient {
  readonly id: string;
  readonly name: string;
  readonly clientKey: string;
}

const sealingKey = (): string => `k1:${randomBytes(32).toString('base64')}`;

/** The service over real PostgreSQL and Kafka, with PowerOffice's simulator and an identity provider. */
export class Running {
  readonly organization = randomUUID();
  readonly lines: string[] = [];
  /** Every client key that the test has made: none may be seen anywhere. */
  readonly clientKeys: string[] = [];
  readonly replicas: RunningConnectorConfig[] = [];
  private readonly grpcClients: GrpcClient[] = [];
  powerOffice!: Simulator;
  issuer!: TestIssuer;
  testDatabase!: TestDatabase;
  topics!: TestTopics;
  database!: Database;
  env!: Record<string, string>;

  /** @param change settings of the service that differ */
  async start(change: Record<string, string> = {}): Promise<void> {
    this.testDatabase = await createTestDatabase();
    this.topics = await createTestTopics();
    this.issuer = await startTestIssuer();
    const ownKeys = { POWEROFFICE_APPLICATION_KEY: randomUUID(), POWEROFFICE_SUBSCRIPTION_KEY: 'subscription' };
    this.powerOffice = await startSimulator('poweroffice-simulator', {
      ...ownKeys,
      POWEROFFICE_REQUESTS_PER_SECOND: '1000',
    });
    this.env = {
      PORT: '0',
      GRPC_PORT: '0',
      LOG_LEVEL: 'debug',
      KAFKA_BROKERS: this.topics.brokers,
      KAFKA_TOPIC_PREFIX: this.topics.prefix,
      DATABASE_URL: this.testDatabase.url,
      MIGRATE_ON_START: 'true',
      OIDC_ISSUER_URL: this.issuer.url,
      OIDC_AUDIENCE: this.issuer.audience,
      ENCRYPTION_KEYS: sealingKey(),
      POWEROFFICE_API_URL: `${this.powerOffice.url}/v2`,
      POWEROFFICE_TOKEN_URL: `${this.powerOffice.url}/OAuth/Token`,
      ...ownKeys,
      // What is tested is not the pace.
      POWEROFFICE_REQUESTS_PER_SECOND: '500',
      POWEROFFICE_KEY_TRIES_PER_MINUTE: '10000',
      POWEROFFICE_KEY_TRIES_AT_ONCE: '100',
      POWEROFFICE_REFUSED_KEYS_PER_HOUR: '10000',
      POWEROFFICE_REFUSED_KEYS_BEFORE_PAUSE: '10000',
      HUMA_API_URL: 'http://127.0.0.1:1',
      HUMA_TOKEN_URL: 'http://127.0.0.1:1/auth/oauth/token',
      ...change,
    };
    await this.replica();
    await this.reopen();
    await this.freeSlots();
  }

  /** Connects to the database of the test. */
  async reopen(): Promise<void> {
    this.database = await Database.connect({
      url: new Secret(this.testDatabase.url),
      migrations: [],
      migrateOnStart: false,
      logger: createLogger('test', 'fatal'),
    });
  }

  /** One more process of the service, as far as it can tell. */
  async replica(change: Record<string, string> = {}): Promise<RunningConnectorConfig> {
    const replica = await startConnectorConfig(
      { ...this.env, ...change },
      { write: (line) => void this.lines.push(line) },
    );
    this.replicas.push(replica);
    return replica;
  }

  async stop(): Promise<void> {
    for (const client of this.grpcClients) client.close();
    for (const replica of this.replicas) await replica.stop();
    await this.database.close();
    await this.powerOffice.stop();
    await this.issuer.stop();
    await this.topics.drop();
    await this.testDatabase.drop();
  }

  async freeSlots(): Promise<void> {
    await this.database.query(`UPDATE request_slot SET free_at = now(), permit_id = NULL`);
  }

  /** As a service calls; `token`: another caller, or nobody. */
  async grpc(at = this.first, token?: string | null): Promise<GrpcClient> {
    const client = new GrpcClient(at.grpcPort, token === undefined ? await this.issuer.service() : token);
    this.grpcClients.push(client);
    return client;
  }

  /** Requests that the simulator of PowerOffice got since then. */
  async requestsSince(seq: number): Promise<{ method: string; path: string }[]> {
    return (await this.powerOffice.control('GET', `/requests?since=${String(seq)}`)) as {
      method: string;
      path: string;
    }[];
  }
  async lastSeq(): Promise<number> {
    return ((await this.powerOffice.control('GET', '/requests/last')) as { seq: number }).seq;
  }

  get first(): RunningConnectorConfig {
    return this.replicas[0]!;
  }

  async ask<T = Record<string, unknown>>(method: string, path: string, options: AskOptions = {}): Promise<Answer<T>> {
    const { body, headers = {}, at = this.first } = options;
    const token = options.token === undefined ? await this.issuer.person(this.organization) : options.token;
    const answer = await fetch(at.url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: (text === '' ? null : JSON.parse(text)) as T };
  }

  /** A company in PowerOffice that nobody has connected yet. */
  async aClient(change: Record<string, unknown> = {}): Promise<KnownClient> {
    const id = randomUUID();
    const known = { clientKey: randomUUID(), name: `Nordmann ${id.slice(0, 4)} AS`, ...change };
    this.clientKeys.push(known.clientKey);
    return (await this.powerOffice.control('PUT', `/clients/${id}`, known)) as KnownClient;
  }
  async changeClient(id: string, change: Record<string, unknown>): Promise<void> {
    await this.powerOffice.control('PUT', `/clients/${id}`, change);
  }

  /** A connection that was just created. */
  async aConnection(client: KnownClient, change: Record<string, unknown> = {}): Promise<ConnectionBody> {
    const created = await this.ask<ConnectionBody>('POST', '/v1/connections', { body: aBody(client, change) });
    expect(created.status).toBe(201);
    return created.body;
  }
  async connection(id: string): Promise<ConnectionBody> {
    return (await this.ask<ConnectionBody>('GET', `/v1/connections/${id}`)).body;
  }
}

export interface ConnectionBody {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly state: string;
  readonly pauseReason: string | null;
  readonly client: { readonly id: string; readonly name: string };
  readonly settings: Record<string, unknown>;
  readonly fields: { readonly field: string; readonly write: string; readonly compare: string }[];
  readonly warnings: { readonly connectionId: string; readonly name: string; readonly reason: string }[];
  readonly group: { readonly type: string; readonly id: string; readonly name: string | null } | null;
  readonly activatedAt: string | null;
}

/** What creates a connection of everyone. */
export const aBody = ({ clientKey }: Pick<KnownClient, 'clientKey'>, change: Record<string, unknown> = {}) => ({
  name: 'Oslo',
  group: null,
  clientKey,
  authorityConfirmed: true,
  settings: { createUsers: false, sendPositions: true, mail: { recipients: ['hr@example.com'], language: 'nb' } },
  ...change,
});
