import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '../logger.js';
import { currentTraceparent, inSpan, startTracing, type Tracing } from './tracing.js';

const received: { path: string | undefined; body: string }[] = [];
let collector: Server;
let tracing: Tracing;

beforeAll(async () => {
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ path: request.url, body: Buffer.concat(chunks).toString() });
      response.end('{}');
    });
  });
  await new Promise<void>((done) => collector.listen(0, '127.0.0.1', done));
  const { port } = collector.address() as AddressInfo;
  tracing = startTracing({ service: 'example', endpoint: `http://127.0.0.1:${String(port)}` });
});
afterAll(() => {
  collector.closeAllConnections();
  collector.close();
});

const traceId = '0af7651916cd43dd8448eb211c80319c';
const incoming = `00-${traceId}-b7ad6b7169203331-01`;

describe('tracing', () => {
  it('has no place outside of spans', () => {
    expect(currentTraceparent()).toBeUndefined();
  });

  it('goes on from where a message comes from, over awaits, into the log', async () => {
    const lines: string[] = [];
    const logger = createLogger('example', 'info', { write: (line) => lines.push(line) });
    const [outer, inner] = await inSpan(
      'take in',
      {},
      async () => {
        await Promise.resolve();
        logger.info('inside');
        return [currentTraceparent(), await inSpan('decide', {}, () => currentTraceparent())];
      },
      incoming,
    );
    for (const traceparent of [outer, inner])
      expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(new Set([incoming, outer, inner]).size).toBe(3);
    expect(JSON.parse(lines[0]!)).toMatchObject({ traceId });
  });

  it.each([null, undefined, '', 'nonsense'])('begins a trace where there is none (%p)', async (parent) => {
    expect(await inSpan('x', {}, () => currentTraceparent(), parent)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('sends all spans at the stop, and of an error its type only', async () => {
    const failing = inSpan('send', { lane: 7 }, () => Promise.reject(new RangeError('12345678903')));
    await expect(failing).rejects.toThrow(RangeError);
    await tracing.stop();
    const sent = received.map(({ body }) => body).join();
    expect(new Set(received.map(({ path }) => path))).toEqual(new Set(['/v1/traces']));
    for (const part of ['take in', 'decide', 'send', 'RangeError', 'example']) expect(sent).toContain(part);
    expect(sent).not.toContain('12345678903');
  });
});
