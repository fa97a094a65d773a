import { createServer as createSecureServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { selfSigned } from '@huma-poweroffice/testing';
import { json, LocalServer } from '../../test/local-server.js';
import { Transport, type SendOptions } from './transport.js';

const LONG = 20_000;
const SHORT = 100;

let server: LocalServer;
let transport: Transport;

beforeAll(async () => {
  server = await LocalServer.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.received.length = 0;
  transport = new Transport();
});
afterEach(() => transport.close());

const send = (url: string, options: Partial<SendOptions> = {}, body?: string) =>
  transport.send(
    {
      method: body === undefined ? 'GET' : 'PATCH',
      url: new URL(url),
      headers: {},
      ...(body !== undefined && { body }),
    },
    { timeoutMs: LONG, maxBytes: 1000, ...options },
  );

/** A server of bare sockets, for what HTTP would not do. */
const raw = async (
  onConnection: (socket: Socket) => void,
): Promise<{ url: string; stop: () => void; server: Server }> => {
  const sockets = new Set<Socket>();
  const bare = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
  const { port } = bare.address() as AddressInfo;
  const stop = (): void => {
    for (const socket of sockets) socket.destroy();
    bare.close();
  };
  return { url: `http://127.0.0.1:${String(port)}/`, stop, server: bare };
};

describe('what is proven not to have left', () => {
  it('a refused connection', async () => {
    const gone = await raw(() => undefined);
    gone.stop();
    expect(await send(gone.url)).toEqual({ sent: false, code: 'not-connected' });
  });

  it('a name that does not exist', async () => {
    expect(await send('http://nobody.invalid/')).toEqual({ sent: false, code: 'not-connected' });
  });

  it('a server that nobody vouches for', async () => {
    const { key, cert } = selfSigned();
    const secure = await LocalServer.start((listener) => createSecureServer({ key, cert }, listener), 'https');
    expect(await send(`${secure.url}/`)).toEqual({ sent: false, code: 'not-connected' });
    expect(secure.received).toEqual([]);
    await secure.stop();
  });

  it('a TLS handshake that does not end in time', async () => {
    const silent = await raw(() => undefined);
    const url = silent.url.replace('http:', 'https:');
    expect(await send(url, { timeoutMs: SHORT })).toEqual({ sent: false, code: 'not-connected' });
    silent.stop();
  });

  it('a deadline that has passed when the connection stands', async () => {
    expect(await send(`${server.url}/`, { beforeSend: () => false }, '[]')).toEqual({
      sent: false,
      code: 'deadline-passed',
    });
    expect(server.received).toEqual([]);
  });

  it('a deadline that has passed on a connection in use before', async () => {
    server.reply = json(200, {});
    await send(`${server.url}/`);
    expect(await send(`${server.url}/`, { beforeSend: () => false })).toEqual({ sent: false, code: 'deadline-passed' });
    expect(server.received).toHaveLength(1);
  });

  it('what was cancelled before', async () => {
    expect(await send(`${server.url}/`, { signal: AbortSignal.abort() })).toEqual({ sent: false, code: 'cancelled' });
    expect(server.received).toEqual([]);
  });

  it('what is cancelled before a connection in use before is taken', async () => {
    server.reply = json(200, {});
    await send(`${server.url}/`);
    const cancel = new AbortController();
    const sent = send(`${server.url}/`, { signal: cancel.signal }, '[]');
    cancel.abort();
    expect(await sent).toEqual({ sent: false, code: 'cancelled' });
    expect(server.received).toHaveLength(1);
  });

  it('a URL that PowerOffice would misread', async () => {
    expect(await send(`${server.url}/?x=${'1'.repeat(1900)}`)).toEqual({ sent: false, code: 'url-too-long' });
    expect(server.received).toEqual([]);
  });
});

describe('what may have arrived', () => {
  it('a connection that is reset after the request', async () => {
    const rude = await raw((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await send(rude.url, {}, '[]')).toEqual({ sent: true, code: 'connection-lost' });
    rude.stop();
  });

  it('a connection that is closed after the request', async () => {
    const rude = await raw((socket) => socket.once('data', () => socket.end()));
    expect(await send(rude.url, {}, '[]')).toEqual({ sent: true, code: 'connection-lost' });
    rude.stop();
  });

  it('an answer that is not HTTP', async () => {
    const odd = await raw((socket) => socket.once('data', () => socket.end('what?\r\n\r\n')));
    expect(await send(odd.url)).toEqual({ sent: true, code: 'connection-lost' });
    odd.stop();
  });

  it('an answer that does not come', async () => {
    server.reply = () => undefined;
    expect(await send(`${server.url}/`, { timeoutMs: SHORT }, '[]')).toEqual({ sent: true, code: 'timed-out' });
    expect(server.received).toHaveLength(1);
  });

  it('what was cancelled on the way', async () => {
    const cancel = new AbortController();
    server.reply = () => cancel.abort();
    expect(await send(`${server.url}/`, { signal: cancel.signal })).toEqual({ sent: true, code: 'cancelled' });
  });
});

describe('answers', () => {
  it.each([200, 201, 204, 302, 400, 404, 429, 500, 503])('%i is an answer, and is not followed', async (status) => {
    server.reply = (_, response) => response.writeHead(status, { Location: `${server.url}/else` }).end();
    expect(await send(`${server.url}/`)).toMatchObject({ status, body: '' });
    expect(server.received).toHaveLength(1);
  });

  it('come whole, and are asked over one connection', async () => {
    server.reply = json(200, { name: 'Åse 🙂' });
    for (let i = 0; i < 3; i += 1) expect(await send(`${server.url}/`)).toMatchObject({ body: '{"name":"Åse 🙂"}' });
    expect(new Set(server.received.map(({ port }) => port)).size).toBe(1);
  });

  it('at the same time come over connections of their own', async () => {
    server.reply = json(200, {});
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(`${server.url}/`, {}, '[]')));
    expect(answers.every((answer) => 'status' in answer)).toBe(true);
    expect(server.received.every(({ body }) => body === '[]')).toBe(true);
  });

  it('keep their status when they are too large', async () => {
    server.reply = json(200, 'x'.repeat(1001));
    expect(await send(`${server.url}/`)).toMatchObject({ status: 200, body: null, bodyLost: 'too-large' });
    server.reply = json(200, 'x'.repeat(1000));
    expect(await send(`${server.url}/`)).toMatchObject({ status: 200, body: 'x'.repeat(1000) });
  });

  it('keep their status when their end is lost', async () => {
    server.reply = (_, response) => {
      response.writeHead(200, { 'Content-Length': 10 }).write('{', () => response.destroy());
    };
    expect(await send(`${server.url}/`)).toMatchObject({ status: 200, body: null, bodyLost: 'connection-lost' });
  });

  it('keep their status when their end is late', async () => {
    server.reply = (_, response) => void response.writeHead(200).write('{');
    expect(await send(`${server.url}/`, { timeoutMs: SHORT })).toMatchObject({ status: 200, bodyLost: 'timed-out' });
  });

  it('come over TLS, on connections that are used again', async () => {
    const { key, cert } = selfSigned();
    const secure = await LocalServer.start((listener) => createSecureServer({ key, cert }, listener), 'https');
    secure.reply = json(200, {});
    const trusting = new Transport({ ca: cert });
    const request = { method: 'PATCH', url: new URL(`${secure.url}/`), headers: {}, body: '[]' } as const;
    for (let i = 0; i < 2; i += 1)
      expect(await trusting.send(request, { timeoutMs: LONG, maxBytes: 1000 })).toMatchObject({
        status: 200,
        body: '{}',
      });
    expect(new Set(secure.received.map(({ port }) => port)).size).toBe(1);
    trusting.close();
    await secure.stop();
  });
});

it('rejects with what the last look throws, and sends nothing', async () => {
  const mistake = new Error('mistake');
  const look = (): boolean => {
    throw mistake;
  };
  await expect(send(`${server.url}/`, { beforeSend: look })).rejects.toBe(mistake);
  expect(server.received).toEqual([]);
});
