import type { Kafka } from 'kafkajs';

/**
 * Ids of topics, by which a topic that was deleted and created again under its name is known to be another one.
 * kafkajs 2.2.4 speaks Metadata up to version 6, which has no ids; version 10 is written here, over kafkajs's own
 * connection. (KIP-516; https://kafka.apache.org/protocol, Metadata; flexible versions by KIP-482)
 */

interface Connection {
  send(message: { request: object; response: object }): Promise<ReadonlyMap<string, string>>;
}
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** Brokers are known only after it. */
  refreshMetadata(): Promise<void>;
  findControllerBroker(): Promise<{ readonly connectionPool: Connection }>;
}

const METADATA = 3;
const VERSION = 10;
const NO_ID = Buffer.alloc(16);

/** @returns ids by full name, of topics that exist; rejects when the broker, or a later kafkajs, does not take the question */
export const topicIds = async (kafka: Kafka, names: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const symbol = Object.getOwnPropertySymbols(kafka).find((s) => s.description === 'private:Kafka:createCluster');
  if (!symbol) throw new Error('This version of kafkajs is not known');
  const create = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol];
  const cluster = (create as (options: object) => Cluster)({ allowAutoTopicCreation: false });
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    const { connectionPool } = await cluster.findControllerBroker();
    const question = encodeQuestion(names);
    const request = {
      apiKey: METADATA,
      apiVersion: VERSION,
      apiName: 'Metadata',
      // kafkajs asks for the two properties of its own encoder.
      encode: async () => ({ buf: question, buffer: question }),
    };
    const response = {
      decode: async (payload: Buffer) => payload,
      parse: async (payload: Buffer) => decodeAnswer(payload),
    };
    return await connectionPool.send({ request, response });
  } finally {
    await cluster.disconnect();
  }
};

const uvarint = (n: number): Buffer => {
  const bytes: number[] = [];
  for (let rest = n; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
};

/** The first byte belongs to the header (no tagged fields), which kafkajs writes in its older form. */
const encodeQuestion = (names: readonly string[]): Buffer => {
  const topics = names.map((name) => {
    const text = Buffer.from(name);
    return Buffer.concat([NO_ID, uvarint(text.length + 1), text, uvarint(0)]);
  });
  const flags = Buffer.alloc(3); // create topics, cluster's and topics' operations: none of them
  return Buffer.concat([uvarint(0), uvarint(names.length + 1), ...topics, flags, uvarint(0)]);
};

class Reader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  take(length: number): Buffer {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  uvarint(): number {
    for (let n = 0, shift = 0; ; shift += 7) {
      const [byte = 0] = this.take(1);
      n |= (byte & 0x7f) << shift;
      if (byte < 0x80) return n >>> 0;
    }
  }
  text(): string {
    return this.take(Math.max(this.uvarint() - 1, 0)).toString();
  }
  each(read: () => void): void {
    for (let n = this.uvarint() - 1; n > 0; n -= 1) read();
  }
  tags(): void {
    for (let n = this.uvarint(); n > 0; n -= 1) {
      this.uvarint();
      this.take(this.uvarint());
    }
  }
}

const decodeAnswer = (payload: Buffer): ReadonlyMap<string, string> => {
  const reader = new Reader(payload);
  const ids = new Map<string, string>();
  const int32s = (): void => {
    reader.each(() => reader.take(4));
  };
  reader.tags(); // the header's
  reader.take(4); // throttling
  reader.each(() => {
    reader.take(4); // broker
    reader.text(); // host
    reader.take(4); // port
    reader.text(); // rack
    reader.tags();
  });
  reader.text(); // cluster
  reader.take(4); // controller
  reader.each(() => {
    const error = reader.take(2).readInt16BE();
    const name = reader.text();
    const id = reader.take(16);
    reader.take(1); // internal
    reader.each(() => {
      reader.take(2 + 4 + 4 + 4); // error, partition, leader, epoch
      int32s(); // replicas
      int32s(); // in sync
      int32s(); // offline
      reader.tags();
    });
    reader.take(4); // operations
    reader.tags();
    if (error === 0 && !id.equals(NO_ID)) ids.set(name, asUuid(id));
  });
  return ids;
};

const asUuid = (id: Buffer): string =>
  id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
