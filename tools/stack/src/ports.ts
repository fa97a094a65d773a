import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { StackError } from './stack-error.js';

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });

/**
 * A port of 127.0.0.1 on which nothing listens. It lies below the range from which operating systems take the ports of
 * outgoing connections: a part that was killed finds its port free when it comes back, however hard its clients retry.
 */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(20_000, 32_000);
    if (await canListen(port)) return port;
  }
  throw new StackError('No free port was found between 20000 and 32000.');
};

/** A free port for each name, all different. */
export const freePorts = async <Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> => {
  const ports = new Set<number>();
  while (ports.size < names.length) ports.add(await freePort());
  return Object.fromEntries([...ports].map((port, index) => [names[index], port])) as Record<Name, number>;
};

/** @throws StackError when something else listens on the port. */
export const assertPortFree = async (port: number, part: string): Promise<void> => {
  if (await canListen(port)) return;
  throw new StackError(
    `Port ${String(port)}, which ${part} needs, is taken: stop what uses it (another \`npm start\`?) and try again.`,
  );
};
