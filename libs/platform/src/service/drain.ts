import type { Server } from 'node:http';

/** In milliseconds. */
const LOOK_EVERY = 20;

/** Stops accepting, and waits for the requests under way; those that take longer than the grace (ms) are broken off. */
export const drain = async (server: Server, grace: number): Promise<void> => {
  if (!server.listening) return;
  const closed = new Promise<void>((done) => {
    server.close(() => {
      done();
    });
  });
  // A connection that was busy when the server closed is kept alive by its client, and idle from then on.
  const idle = setInterval(() => {
    server.closeIdleConnections();
  }, LOOK_EVERY);
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, grace);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
};
