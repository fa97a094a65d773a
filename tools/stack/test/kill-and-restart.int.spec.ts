import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { createTopics, freePort, queryOnce, startKafka, startPostgres, type KafkaServer } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'stack-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a killed PostgreSQL comes back with what was committed, as often as it is killed', async () => {
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: await freePort(), durable: false });
  try {
    const url = await postgres.createDatabase('kept');
    await postgres.createDatabase('kept');
    await queryOnce(url, 'create table round (number integer)');
    for (const round of [1, 2, 3]) {
      await queryOnce(url, 'insert into round values ($1)', [round]);
      const sleeping = queryOnce(url, 'select pg_sleep(30)').catch(() => 'cut off');
      await postgres.kill();
      expect(postgres.pid).toBeUndefined();
      expect(await sleeping).toBe('cut off');
      await postgres.restart();
      expect((await queryOnce(url, 'select number from round')).rowCount).toBe(round);
    }
  } finally {
    await postgres.stop();
  }
});

const readAll = async (kafka: KafkaServer, topic: string, count: number): Promise<(string | undefined)[]> => {
  const client = new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING });
  const consumer = client.consumer({ groupId: `reader-${String(count)}` });
  const values: (string | undefined)[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const eachMessage = ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
      values.push(message.value?.toString());
      if (values.length === count) resolve();
      return Promise.resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return values;
};

test('a killed Kafka comes back with its topics and records', async () => {
  const [port, controllerPort] = [await freePort(), await freePort()];
  const kafka = await startKafka({ dataDir: join(folder, 'kafka'), port, controllerPort });
  try {
    const [users = ''] = await createTopics(kafka.brokers, 'kept.');
    const producer = new Kafka({ brokers: [kafka.brokers], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await producer.send({ topic: users, messages: [{ key: 'a', value: 'before' }] });
    await kafka.kill();
    await kafka.restart();
    await producer.send({ topic: users, messages: [{ key: 'a', value: 'after' }] });
    await producer.disconnect();
    expect(await createTopics(kafka.brokers, 'kept.')).toContain(users);
    expect(await readAll(kafka, users, 2)).toEqual(['before', 'after']);
  } finally {
    await kafka.stop();
  }
}, 120_000);

test('clients of a Kafka behind a proxy come through it alone, and are cut off with it', async () => {
  const [port, controllerPort, advertisedPort] = [await freePort(), await freePort(), await freePort()];
  const clients = new Set<Socket>();
  const proxy = createServer((client) => {
    const broker = connect(port, '127.0.0.1');
    clients.add(client);
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const)
      from
        .on('error', () => undefined)
        .on('close', () => to.destroy())
        .pipe(to);
  });
  await new Promise<void>((resolve) => proxy.listen(advertisedPort, '127.0.0.1', resolve));
  const kafka = await startKafka({ dataDir: join(folder, 'proxied'), port, controllerPort, advertisedPort });
  try {
    expect(kafka.brokers).toBe(`127.0.0.1:${String(advertisedPort)}`);
    const direct = new Kafka({
      brokers: [`127.0.0.1:${String(port)}`],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    });
    const admin = direct.admin();
    await admin.connect();
    expect((await admin.describeCluster()).brokers).toMatchObject([{ port: advertisedPort }]);
    proxy.close();
    for (const client of clients) client.destroy();
    await expect(admin.listGroups()).rejects.toMatchObject({
      name: expect.stringMatching(/^KafkaJSConnection/) as string,
    });
    await admin.disconnect();
  } finally {
    await kafka.stop();
    proxy.close();
  }
});
