import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import type { TransportFailure } from '../failure.js';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface SendOptions {
  /** For the whole exchange: connecting, sending, the answer to its last byte. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * A last look directly before the first byte leaves, when the connection already stands; false: nothing is sent.
   * Where a deadline is checked, on a monotonic clock.
   */
  readonly beforeSend?: (() => boolean) | undefined;
  /** A longer answer is not read to its end. */
  readonly maxBytes: number;
}

/** An answer came; `body` is null where its end did not. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string | null;
  readonly bodyLost?: 'too-large' | TransportFailure['code'];
}

export type Sent = Answer | TransportFailure;

const FREE_SOCKET_MS = 20_000;
const LONGEST_URL = 1900;

/**
 * One HTTP request, no redirects, no retries. Built on node:http because it gives what fetch hides: a request is held
 * back until its connection stands, so everything that fails before is *proven* not to have left.
 */
export class Transport {
  readonly #plain = new http.Agent({ keepAlive: true, timeout: FREE_SOCKET_MS });
  readonly #secure: https.Agent;
  readonly #connected = new WeakSet<Socket>();

  /** @param tls `ca`: who may vouch for the server, instead of the authorities that Node.js knows */
  constructor(tls: { readonly ca?: string } = {}) {
    this.#secure = new https.Agent({ ...tls, keepAlive: true, timeout: FREE_SOCKET_MS });
  }

  /** Closes idle connections, and those in use. */
  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  /** Never rejects for anything that the network does; only for headers that HTTP does not allow. */
  send(request: Request, options: SendOptions): Promise<Sent> {
    // PowerOffice answers a misleading 404 to URLs of more than about 2,000 characters.
    if (request.url.href.length > LONGEST_URL) return Promise.resolve({ sent: false, code: 'url-too-long' });
    if (options.signal?.aborted) return Promise.resolve({ sent: false, code: 'cancelled' });
    return new Promise((resolve, reject) => {
      this.#exchange(request, options, resolve, reject);
    });
  }

  #exchange(
    { method, url, headers, body }: Request,
    { timeoutMs, signal, beforeSend, maxBytes }: SendOptions,
    resolve: (sent: Sent) => void,
    reject: (error: unknown) => void,
  ): void {
    const secure = url.protocol === 'https:';
    const request = (secure ? https : http).request(url, {
      method,
      agent: secure ? this.#secure : this.#plain,
      headers: body === undefined ? headers : { ...headers, 'Content-Length': Buffer.byteLength(body) },
    });
    let sent = false;
    let answer: http.IncomingMessage | undefined;

    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    };
    const fail = (code: NonNullable<Answer['bodyLost']>): void => {
      end();
      if (answer) resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: null, bodyLost: code });
      else resolve({ sent, code: code === 'too-large' ? 'connection-lost' : code });
      request.destroy();
    };
    const cancel = (): void => fail('cancelled');
    const timer = setTimeout(() => fail(sent ? 'timed-out' : 'not-connected'), timeoutMs);
    signal?.addEventListener('abort', cancel, { once: true });

    const go = (): void => {
      if (request.destroyed) return;
      try {
        if (beforeSend && !beforeSend()) return fail('deadline-passed');
      } catch (error) {
        reject(error);
        return fail('cancelled');
      }
      sent = true;
      request.end(body);
    };
    request.on('socket', (socket) => {
      if (this.#connected.has(socket)) return go();
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        this.#connected.add(socket);
        go();
      });
    });
    request.on('error', () => fail(sent ? 'connection-lost' : 'not-connected'));
    request.on('response', (response) => {
      answer = response;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) fail('too-large');
        else chunks.push(chunk);
      });
      response.on('error', () => fail('connection-lost'));
      response.on('end', () => {
        end();
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
  }
}
