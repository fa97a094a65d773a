import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../config.js';

/** What one caller, or many together, may take of a server. */
export interface HttpLimits {
  /** How long a request may take to come in, in milliseconds, from its first byte to the end of its body. */
  readonly requestMs: number;
  /** The number of connections that are open at the same time; further ones are closed at once. */
  readonly connections: number;
}

export const defaultHttpLimits: HttpLimits = { requestMs: 30_000, connections: 1000 };

/** How often Node looks for requests that take too long, as a part of the time that they may take. */
const LOOKS = 6;

/** A server that ends requests that come in too slowly with 408; it does not listen yet. */
export const limitedServer = (listener: RequestListener, { requestMs, connections }: HttpLimits): Server => {
  const server = createServer(
    {
      requestTimeout: requestMs,
      headersTimeout: requestMs,
      connectionsCheckingInterval: Math.ceil(requestMs / LOOKS),
    },
    listener,
  );
  server.maxConnections = connections;
  return server;
};

/**
 * @returns the address, with the port that the system chose where 0 was asked for
 * @throws ConfigError when the port is taken
 */
export const listenOn = async (server: Server, port: number, host: string): Promise<string> => {
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      done();
    });
  }).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error;
    throw new ConfigError(`Port ${String(port)} of ${host} is taken by another program.`);
  });
  return `http://${host}:${String((server.address() as AddressInfo).port)}`;
};
