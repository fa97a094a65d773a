import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { topics, type UserChanged } from '@huma-poweroffice/contracts';
import { kafkajs } from '@huma-poweroffice/kafkajs';
import { call } from '@huma-poweroffice/seed';
import {
  queryOnce,
  startStack,
  stopEverything,
  type App,
  type Stack,
  type StackOptions,
} from '@huma-poweroffice/stack';
import type { Producer } from 'kafkajs';
import { linkedEmployeeOf, type Company } from './company.js';

const { Kafka, logLevel } = kafkajs;

/** A request as PowerOffice's simulator logged it; times in milliseconds since 1970. */
export interface LoggedRequest {
  readonly seq: number;
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly clientId: string | null;
  readonly body: unknown;
  readonly status: number | null;
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Looks until the answer is not null. */
export const until = async <T>(look: () => Promise<T | null>, withinMs: number, everyMs = 50): Promise<T> => {
  for (const deadline = Date.now() + withinMs; ; await pause(everyMs)) {
    const answer = await look();
    if (answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`It did not come about within ${String(withinMs / 1000)} s`);
  }
};

/** Everything that a measurement has to do with: the running parts, what it produces, and what arrived at PowerOffice. */
export class World {
  private constructor(
    readonly stack: Stack,
    private readonly producer: Producer,
  ) {}

  /** Starts these programs on free ports, with data of their own that is removed first. */
  static async start(parts: readonly App[], settings: StackOptions['settings'] = {}): Promise<World> {
    const stack = await startStack({
      instance: `bench-${String(process.pid)}`,
      ports: 'free',
      parts,
      settings,
      fresh: true,
      step: (_what, run) => run(),
    });
    const kafka = new Kafka({
      clientId: 'bench',
      brokers: stack.kafka.brokers.split(','),
      logLevel: logLevel.NOTHING,
    });
    const producer = kafka.producer();
    await producer.connect();
    return new World(stack, producer);
  }

  /** Stops everything; the data is removed, unless its logs may be wanted. */
  async stop(keep: boolean): Promise<void> {
    await this.producer.disconnect();
    await stopEverything();
    if (!keep) rmSync(this.stack.folder, { recursive: true, force: true });
  }

  /** Puts a company into both simulators: all its people into PowerOffice, nobody into Huma yet. */
  async found(company: Company): Promise<void> {
    const { organizationId, administrator, clientId, clientKey, people } = company;
    const huma = `${this.stack.url('huma-simulator')}/control`;
    const powerOffice = `${this.stack.url('poweroffice-simulator')}/control/clients/${clientId}`;
    await call('PUT', powerOffice, { body: { name: 'Company', clientKey } });
    await call('POST', `${powerOffice}/employees`, { body: people.map(linkedEmployeeOf) });
    const organization = { name: 'Company', clientId: organizationId, clientSecret: randomUUID() };
    await call('PUT', `${huma}/organizations/${organizationId}`, { body: organization });
    const account = { organizationId, name: 'Kari', email: 'kari@example.com', locale: 'en' };
    const body = { ...account, permissions: ['organization:full'] };
    await call('PUT', `${huma}/accounts/${administrator}`, { body });
  }

  /** Puts the people into Huma, which publishes them. */
  async hire({ organizationId, people }: Company): Promise<void> {
    const huma = `${this.stack.url('huma-simulator')}/control`;
    await call('POST', `${huma}/organizations/${organizationId}/users`, { body: people });
    await call('POST', `${huma}/flush`);
  }

  /** Produces events of users in one batch, as Huma would; answers when the broker had them all. */
  async produce(changes: readonly UserChanged[]): Promise<number> {
    return this.publish(changes.map((change) => ({ key: change.userId, value: change })));
  }

  /** The same of anything, also of what Huma should not publish. */
  async publish(records: readonly { readonly key: string; readonly value: unknown }[]): Promise<number> {
    const messages = records.map(({ key, value }) => ({
      key,
      value: JSON.stringify(value),
      headers: {
        ce_id: randomUUID(),
        ce_type: 'huma.user.updated.v1',
        ce_source: '/huma/bench',
        ce_specversion: '1.0',
        ce_time: new Date().toISOString(),
        ce_subject: key,
        'content-type': 'application/json',
      },
    }));
    await this.producer.send({ topic: topics.users.name, messages });
    return performance.timeOrigin + performance.now();
  }

  /** How PowerOffice's simulator behaves from now on. */
  async behave(behaviour: { latencyMs?: number; down?: boolean }): Promise<void> {
    await call('PATCH', `${this.stack.url('poweroffice-simulator')}/control/behaviour`, { body: behaviour });
  }

  async lastRequest(): Promise<number> {
    const { seq } = await call<{ seq: number }>(
      'GET',
      `${this.stack.url('poweroffice-simulator')}/control/requests/last`,
    );
    return seq;
  }

  /** A statement in a service's database. */
  async query<T>(app: App, sql: string, values: unknown[] = []): Promise<T[]> {
    return (await queryOnce(this.stack.addresses.database(app), sql, values)).rows as T[];
  }

  /** How many records of a topic employee-sync has read. */
  async recordsRead(topic: string): Promise<number> {
    const sql = 'SELECT coalesce(sum(position), 0)::float8 AS n FROM consumer_offset WHERE topic = $1';
    const [row] = await this.query<{ n: number }>('employee-sync', sql, [topic]);
    return row?.n ?? 0;
  }

  /** What arrived at PowerOffice after that request; token requests included. */
  requests(since: number): Promise<LoggedRequest[]> {
    return call('GET', `${this.stack.url('poweroffice-simulator')}/control/requests?since=${String(since)}`);
  }

  /** Writes to employees that arrived after that request. */
  async writes(since: number): Promise<LoggedRequest[]> {
    return (await this.requests(since)).filter(
      ({ method, path }) => method === 'PATCH' && path.includes('/Employees/'),
    );
  }

  /** Waits until nothing has arrived at PowerOffice for a while. */
  async quiet(forMs: number): Promise<void> {
    let [last, since] = [await this.lastRequest(), Date.now()];
    while (Date.now() - since < forMs) {
      await pause(250);
      const now = await this.lastRequest();
      if (now !== last) [last, since] = [now, Date.now()];
    }
  }
}

/** Processor time that a process has used, in seconds; Linux only. */
export const cpuSeconds = (pid: number): number => {
  const afterName =
    readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')
      .at(-1)
      ?.split(' ') ?? [];
  // utime and stime, in ticks of a hundredth of a second.
  return (Number(afterName[11]) + Number(afterName[12])) / 100;
};

/** Resident memory of a process in MB (10^6 bytes); Linux only. */
export const residentMegabytes = (pid: number): number => {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
};
