import { randomUUID } from 'node:crypto';
import { createLogger, Database, Secret } from '@huma-poweroffice/platform';
import {
  createTestDatabase,
  createTestTopics,
  eventually,
  type TestDatabase,
  type TestTopics,
} from '@huma-poweroffice/testing';
import type { Kafka } from 'kafkajs';
import {
  createKafka,
  enqueue,
  messagingTables,
  OutboxRelay,
  ownEvent,
  readRecord,
  type OutboxMessage,
  type OutboxRelayOptions,
  type Publishable,
  type Publisher,
} from '../src/index.js';

const logger = createLogger('test', 'fatal');
let test: TestDatabase;
let topics: TestTopics;
let database: Database;
let kafka: Kafka;
const relays: OutboxRelay[] = [];
let release = (): void => undefined;

beforeAll(async () => {
  test = await createTestDatabase();
  topics = await createTestTopics();
  database = await Database.connect({ url: new Secret(test.url), migrations: [], migrateOnStart: false, logger });
  for (const sql of messagingTables.up) await database.query(sql);
  const none = { KAFKA_SASL_MECHANISM: null, KAFKA_SASL_USERNAME: null, KAFKA_SASL_PASSWORD: null } as const;
  kafka = createKafka('test', { KAFKA_BROKERS: topics.brokers.split(','), KAFKA_SSL: false, ...none }, logger);
});
afterEach(async () => {
  release();
  for (const relay of relays.splice(0)) await relay.stop();
  await database.query('TRUNCATE outbox, outbox_lease');
});
afterAll(async () => {
  await database.close();
  await topics.drop();
  await test.drop();
});

const aMessage = (value: string, key = 'k'): OutboxMessage => ({
  topic: 'unreadable',
  key,
  headers: { ce_id: '1' },
  value,
});
const fill = (...messages: OutboxMessage[]): Promise<void> => database.transaction((tx) => enqueue(tx, messages));
const startRelay = async (options: OutboxRelayOptions): Promise<OutboxRelay> => {
  const relay = new OutboxRelay(database, kafka, topics.prefix, logger, options);
  relays.push(relay);
  await relay.start();
  return relay;
};
const isEmpty = (): Promise<void> =>
  eventually(async () => {
    expect((await relays[0]!.state()).depth).toBe(0);
  }, 20_000);

/** Remembers what it was given; `act` may refuse or wait. */
const aPublisher = (act: (call: number) => Promise<void> = async () => undefined): Publisher & { got: string[][] } => {
  const got: string[][] = [];
  return {
    got,
    publish: async (messages: readonly Publishable[]) => {
      got.push(messages.map((m) => String(m.value)));
      await act(got.length);
    },
    close: async () => undefined,
  };
};

describe('the relay of the outbox', () => {
  it('publishes more than a broker takes in one request', async () => {
    const large = 'x'.repeat(360_000);
    await fill(...Array.from({ length: 6 }, () => aMessage(large)));
    await startRelay({});
    await isEmpty();
  });

  it('takes out what no broker would ever take, so that nothing waits behind it', async () => {
    const lines: string[] = [];
    const told = createLogger('test', 'error', { write: (line: string) => void lines.push(line) });
    await fill(aMessage('1'), aMessage('x'.repeat(1_200_000), 'kari@example.com'), aMessage('2'));
    const relay = new OutboxRelay(database, kafka, topics.prefix, told);
    relays.push(relay);
    await relay.start();
    await isEmpty();
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ topic: 'poweroffice.unreadable.v1', size: expect.any(Number) });
    expect(lines[0]).not.toContain('kari@example.com');
  });

  it('publishes one by one what a broker finds too large together, each once more and in order', async () => {
    const tooLarge = Object.assign(new Error('x'), {
      cause: Object.assign(new Error('y'), { type: 'MESSAGE_TOO_LARGE' }),
    });
    const publisher = aPublisher(async (call) => {
      if (call === 1 || publisher.got[call - 1]?.includes('2')) throw tooLarge;
    });
    await fill(aMessage('1'), aMessage('2'), aMessage('3'));
    await startRelay({ publisher });
    await isEmpty();
    expect(publisher.got).toEqual([['1', '2', '3'], ['1'], ['2'], ['3']]);
  });

  it('keeps its lease when it stops after a failure: what it sent may still arrive', async () => {
    const failing = aPublisher(() => Promise.reject(new Error('no answer')));
    await fill(aMessage('1'));
    const relay = await startRelay({ publisher: failing });
    await eventually(() => {
      expect(failing.got.length).toBeGreaterThan(0);
    });
    await relay.stop();
    expect(await database.query('SELECT 1 AS held FROM outbox_lease')).toEqual([{ held: 1 }]);
    await database.query('TRUNCATE outbox_lease');
    const working = await startRelay({ publisher: aPublisher() });
    await isEmpty();
    await working.stop();
    expect(await database.query('SELECT 1 AS held FROM outbox_lease')).toEqual([]);
  });

  it('repeats from the oldest what failed, and loses nothing', async () => {
    const publisher = aPublisher(async (call) => {
      if (call === 1) throw new Error('no broker');
    });
    await fill(aMessage('1'), aMessage('2'));
    await startRelay({ publisher });
    await eventually(() => {
      expect(publisher.got.length).toBeGreaterThan(0);
    });
    await fill(aMessage('3'));
    await isEmpty();
    expect(publisher.got[0]).toEqual(['1', '2']);
    expect([...new Set(publisher.got.flat())]).toEqual(['1', '2', '3']);
    expect(publisher.got[1]?.[0]).toBe('1');
  });

  it('keeps other relays out while one is publishing, also when its connection to the database broke', async () => {
    const hanging = aPublisher(() => new Promise((done) => (release = done)));
    const other = aPublisher();
    await fill(aMessage('1'));
    const first = await startRelay({ publisher: hanging });
    await eventually(() => {
      expect(hanging.got).toHaveLength(1);
    });
    await database.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    const second = await startRelay({ publisher: other });
    await eventually(() => database.query('SELECT 1'));
    second.wake();
    await fill(aMessage('2'));
    expect(other.got).toEqual([]);
    release();
    await first.stop();
    second.wake();
    await isEmpty();
    expect([...hanging.got, ...other.got].flat().filter((v) => v === '2')).toHaveLength(1);
  });

  it('takes over from one that fell silent, once its lease has ended', async () => {
    await database.query("INSERT INTO outbox_lease VALUES (true, $1, now() + interval '1 second')", [randomUUID()]);
    const publisher = aPublisher();
    await fill(aMessage('1'));
    await startRelay({ publisher });
    await isEmpty();
    const [late] = await database.query("SELECT ends_at > now() - interval '1 minute' AS taken FROM outbox_lease");
    expect(late).toEqual({ taken: true });
  });

  it('says how much waits, and for how long', async () => {
    const relay = await startRelay({ publisher: aPublisher(() => Promise.reject(new Error('no broker'))) });
    expect(await relay.state()).toEqual({ depth: 0, oldestSeconds: 0 });
    await database.query(
      "INSERT INTO outbox (topic, key, headers, created_at) VALUES ('t', 'k', '{}', now() - interval '1 hour')",
    );
    const { depth, oldestSeconds } = await relay.state();
    expect(depth).toBe(1);
    expect(oldestSeconds).toBeGreaterThanOrEqual(3600);
  });

  it('publishes to Kafka in order, one relay at a time, and only what was committed', async () => {
    for (let n = 0; n < 2; n += 1) await startRelay({});
    const key = randomUUID();
    const events = Array.from({ length: 30 }, (_, n) =>
      ownEvent(
        'syncCommands',
        'poweroffice.command.sync-person.v1',
        key,
        {
          organizationId: key,
          userId: key,
          connectionId: null,
          requestedAt: '2026-11-23T09:30:00Z',
          requestedBy: String(n),
        },
        { source: 'test', now: 0 },
      ),
    );
    const lost = database.transaction(async (tx) => {
      await enqueue(tx, [{ ...events[0]!, key: randomUUID() }]);
      throw new Error('rolled back');
    });
    await expect(lost).rejects.toThrow('rolled back');
    for (const event of events) await database.transaction((tx) => enqueue(tx, [event]));
    for (const relay of relays) relay.wake();

    const reader = kafka.consumer({ groupId: `${topics.prefix}outbox` });
    const order: string[] = [];
    await reader.connect();
    await reader.subscribe({ topics: [topics.name('syncCommands')], fromBeginning: true });
    await reader.run({
      eachMessage: async ({ message }) => {
        const headers = Object.fromEntries(Object.entries(message.headers ?? {}).map(([n, v]) => [n, String(v)]));
        const read = readRecord('syncCommands', {
          offset: '0',
          timestamp: '0',
          key: message.key,
          value: message.value,
          headers,
        });
        if (read.ok && read.event?.type === 'poweroffice.command.sync-person.v1')
          order.push(read.event.value.requestedBy);
      },
    });
    await eventually(() => {
      expect(order).toEqual(events.map((_, n) => String(n)));
    }, 30_000);
    expect(await database.query('SELECT count(*)::int AS left FROM outbox')).toEqual([{ left: 0 }]);
    await reader.disconnect();
  });
});
