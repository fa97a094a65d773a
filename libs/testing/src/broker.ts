import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopics, freePort, startKafka } from '@huma-poweroffice/stack';

/** A Kafka of the caller's own with the product's topics, behind a line that can be disturbed. */
export interface TestBroker {
  /** For KAFKA_BROKERS. */
  readonly brokers: string;
  /** Nothing gets through any more, and no connection breaks: as behind a firewall that drops packets. */
  freeze(): void;
  /** Every connection breaks, and new ones are refused. */
  cut(): void;
  /** What was frozen goes on, and new connections get through. */
  mend(): void;
  stop(): Promise<void>;
}

type Line = 'open' | 'frozen' | 'cut';

const startProxy = async (port: number, target: number) => {
  let line: Line = 'open';
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((client) => {
    if (line === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect(target, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [upstream, client] as const]) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
      one.on('data', (bytes) => other.write(bytes));
      if (line === 'frozen') one.pause();
    }
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const each = (act: (socket: Socket) => void): void => pairs.forEach((pair) => pair.forEach(act));
  return {
    set: (to: Line): void => {
      line = to;
      each((socket) => (to === 'cut' ? socket.destroy() : to === 'frozen' ? socket.pause() : socket.resume()));
    },
    close: (): void => {
      server.close();
      each((socket) => socket.destroy());
    },
  };
};

/** Starts a Kafka of the caller's own: for tests of what happens when it cannot be reached. Takes a few seconds. */
export const startTestBroker = async (): Promise<TestBroker> => {
  const folder = mkdtempSync(join(tmpdir(), 'broker-'));
  const [port, controllerPort, advertisedPort] = [await freePort(), await freePort(), await freePort()];
  const proxy = await startProxy(advertisedPort, port);
  const kafka = await startKafka({ dataDir: join(folder, 'kafka'), port, controllerPort, advertisedPort });
  await createTopics(kafka.brokers);
  return {
    brokers: kafka.brokers,
    freeze: () => proxy.set('frozen'),
    cut: () => proxy.set('cut'),
    mend: () => proxy.set('open'),
    stop: async () => {
      proxy.close();
      await kafka.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
