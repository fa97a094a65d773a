import { kafkajs } from '@huma-poweroffice/kafkajs';
import { registerCodecs } from './codecs.js';

interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}
const { CompressionTypes } = kafkajs;
const codecOf = (type: number): Codec => (kafkajs.CompressionCodecs as unknown as Record<number, () => Codec>)[type]!();

const text = (lines: number): string =>
  Array.from({ length: lines }, (_, i) => `Storgata ${String(i % 100)}, 0155 Oslo, Kari Nordmann\n`).join('');

/** What the compressors of Apache Kafka's own client made of `text`: piece by piece, so that no frame says how long it is. */
const byJava = {
  snappy:
    'glNOQVBQWQAAAAABAAAAAQAAAIfuBZBTdG9yZ2F0YSAwLCAwMTU1IE9zbG8sIEthcmkgTm9yZG1hbm4KFSUAMY4lAAAyjiUAADOO' +
    'JQAANI4lAAA1jiUAADaOJQAAN44lAAA4jiUAADmOJQAAMZZzAZJ0AQAxknUBADGSdgEAMZJ3AQAxkngBADGSeQEAMZJ6AQAxknsB' +
    'ADFufAE=',
  lz4:
    'BCJNGGBAgo0AAAD1FlN0b3JnYXRhIDAsIDAxNTUgT3NsbywgS2FyaSBOb3JkbWFubgolAB8xJQARHzIlABEfMyUAER80JQARHzUl' +
    'ABEfNiUAER83JQARHzglABEfOSUAER8xcwETD3QBEh8xdQESHzF2ARIfMXcBEh8xeAESHzF5ARIvMTcwARIPewESHzF8AQRQbWFu' +
    'bgoAAAAA',
  zstd:
    'KLUv/QBYdAMAdANTdG9yZ2F0YSAwLCAwMTU1IE9zbG8sIEthcmkgTm9yZG1hbm4KMTIzNDU2Nzg5MTExMTExMTExFAB/ywi/fU7f' +
    'PgzfPmJvn6O3D5O3j8Db59ztE+3WcwHJAlIC8gKSBaQE5AUkC0gJyC3S1BMBAAA=',
  zstdOf60000Lines:
    'KLUv/QBYnAcAcg0hF6ApwwHZLWVfHJ2Yw8BSSplSSlz53q1WREREREQzMzMzMyIiIiIi////v23btt22bduSJEmS27ZtW1VVVVUV' +
    'EREREdHMzMzMjIiIiIjI////b9u2bbdt27YkSZLktm3bikbucgAIhJFQkDgEioOEEVAYDgSFgeLfoTAcCmPBMEgcCwQBgL+oUfj9' +
    'fwPAM6rVElhB4P+fg7//HdTj0QYkgAQCAAAIAAIAAAAAAC6oagarJrhqAqwmyGoCrSbYagKuJugqACQAARQAAAAAAAgAAAAAvD/i' +
    'R/oIH7FH9Kg8gkfpjtrx+Zv//J4/m1JFgFYFTAAACE8BAPz/ORACTAAACG4BAPz/ORACTAAACHQBAPz/ORACTAAACEsBAPz/ORAC' +
    'TAAACGQBAPz/ORACTAAACCABAPz/ORACTAAACE4BAPz/ORACTAAACFMBAPz/ORACTAAACE8BAPz/ORACTAAACHIBAPz/ORACTAAA' +
    'CHQBAPz/ORACTAAACDUBAPz/ORACTAAACGQBAPz/ORACTAAACCABAPz/ORACTAAACGwBAPz/ORACTAAACFMBAPz/ORACTAAACCAB' +
    'AMwyHQgBAQAA',
};

beforeAll(registerCodecs);

it.each([
  ['snappy', CompressionTypes.Snappy, byJava.snappy, 20],
  ['lz4', CompressionTypes.LZ4, byJava.lz4, 20],
  ['zstd', CompressionTypes.ZSTD, byJava.zstd, 20],
  ['more zstd than its library has room for', CompressionTypes.ZSTD, byJava.zstdOf60000Lines, 60_000],
])('reads %s of a Java client', async (_, type, compressed, lines) => {
  const read = await codecOf(type).decompress(Buffer.from(compressed, 'base64'));
  expect(read.toString('utf8') === text(lines)).toBe(true);
});

it.each([
  ['snappy', CompressionTypes.Snappy],
  ['lz4', CompressionTypes.LZ4],
  ['zstd', CompressionTypes.ZSTD],
])('reads its own %s, and no nonsense', async (_, type) => {
  const buffer = Buffer.from(text(5000));
  const codec = codecOf(type);
  expect((await codec.decompress(await codec.compress({ buffer }))).equals(buffer)).toBe(true);
  await expect((async () => codec.decompress(Buffer.from('nonsense that is no frame')))()).rejects.toThrow();
});
