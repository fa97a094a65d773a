declare module 'lz4js' {
  const lz4: { compress(data: Uint8Array): Uint8Array; decompress(data: Uint8Array): Uint8Array };
  export default lz4;
}
declare module 'kafkajs-snappy' {
  const codec: () => unknown;
  export default codec;
}
