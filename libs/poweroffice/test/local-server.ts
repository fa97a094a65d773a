import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stringify } from 'lossless-json';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly port: number;
}

export type Reply = (received: Received, response: ServerResponse) => void;

/** A real HTTP server on this machine, whose answer each test decides. */
export class LocalServer {
  readonly received: Received[] = [];
  reply: Reply = (_, response) => response.end();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @param create how to make the server; plain HTTP where nothing is said */
  static async start(
    create: (listener: RequestListener) => Server = createServer,
    scheme = 'http',
  ): Promise<LocalServer> {
    const listener: RequestListener = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers, socket } = request;
        const body = Buffer.concat(chunks).toString('utf8');
        const received = { method, url, headers, body, port: socket.remotePort ?? 0 };
        local.received.push(received);
        local.reply(received, response);
      });
    };
    const server = create(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = scheme === 'https' ? 'localhost' : '127.0.0.1';
    const local = new LocalServer(server, `${scheme}://${host}:${String((server.address() as AddressInfo).port)}`);
    return local;
  }

  get last(): Received {
    const last = this.received.at(-1);
    if (!last) throw new Error('nothing was received');
    return last;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Answers with JSON (a text as it is); bigints go out as numbers. */
export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (_, response) => {
    const text = typeof body === 'string' ? body : stringify(body);
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers }).end(text);
  };
