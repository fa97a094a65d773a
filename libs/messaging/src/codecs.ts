import { compress as zstdCompress, decompress as zstdDecompress, init } from '@bokuweb/zstd-wasm';
import { kafkajs } from '@huma-poweroffice/kafkajs';
import SnappyCodec from 'kafkajs-snappy';
import lz4 from 'lz4js';

/** Kafka takes only frames whose blocks stand for themselves; lz4js writes such blocks and does not say so. */
const independentBlocks = (frame: Uint8Array): Buffer => {
  const bytes = Buffer.from(frame);
  // Flags and the check byte that belongs to them, for blocks of up to 4 MiB (descriptor 0x70).
  if (bytes[5] !== 0x70) throw new Error('An LZ4 frame of another block size than expected');
  bytes[4] = 0x60;
  bytes[6] = 0x73;
  return bytes;
};

const MIB = 2 ** 20;
const LARGEST = 256 * MIB;

/** Java's clients and brokers write frames that do not say how long their content is; the library must be told what is enough. */
const readZstd = (frame: Buffer, room = MIB): Buffer => {
  try {
    return Buffer.from(zstdDecompress(frame, { defaultHeapSize: room }));
  } catch (error) {
    if (room >= LARGEST) throw error;
    return readZstd(frame, room * 4);
  }
};

interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

let registered: Promise<void> | null = null;

/** kafkajs reads gzip only; an unknown codec would stop a consumer for ever, so all four of Kafka's are made known. */
export const registerCodecs = (): Promise<void> => {
  registered ??= (async () => {
    await init();
    const { CompressionCodecs, CompressionTypes } = kafkajs;
    const codecs = CompressionCodecs as unknown as Record<number, () => Codec>;
    codecs[CompressionTypes.Snappy] = SnappyCodec as unknown as () => Codec;
    codecs[CompressionTypes.LZ4] = () => ({
      compress: async ({ buffer }) => independentBlocks(lz4.compress(buffer)),
      decompress: async (buffer) => Buffer.from(lz4.decompress(buffer)),
    });
    codecs[CompressionTypes.ZSTD] = () => ({
      compress: async ({ buffer }) => Buffer.from(zstdCompress(buffer)),
      decompress: async (buffer) => readZstd(buffer),
    });
  })();
  return registered;
};
