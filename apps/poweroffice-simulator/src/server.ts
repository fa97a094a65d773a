import { createServer, type Server } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import { api } from './api.js';
import type { Config } from './config.js';
import { control } from './control.js';
import { Faults } from './faults.js';
import { Gateway } from './gateway.js';
import { toJson } from './json.js';
import { Problem } from './problem.js';
import { RequestLog } from './request-log.js';
import { World } from './state.js';
import { Store } from './store.js';
import { token } from './token.js';

export interface RunningSimulator {
  url: string;
  stop(): Promise<void>;
}

/** Starts PowerOffice Go as far as this product sees it: `/v2`, the token endpoint, and `/control`. */
export const startSimulator = async (config: Config): Promise<RunningSimulator> => {
  const store = new Store(config.databaseUrl);
  await store.prepare();
  const world = new World(store);
  await world.load();
  const faults = new Faults();
  const log = new RequestLog();
  const gateway = new Gateway(config, world, faults, log);

  const app = express();
  app.disable('x-powered-by');
  app.get('/health/ready', (_req, res) => void res.json({ status: 'ready' }));
  app.use('/control', control(world, faults, log));
  const outside = [express.text({ type: () => true, limit: '10mb' }), gateway.handle];
  app.post('/OAuth/Token', ...outside, token(config, world));
  app.use('/v2', ...outside, api(faults));
  app.use((_req, res) => void res.status(404).end());
  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    if (res.destroyed) return;
    if (!(error instanceof Problem)) {
      process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
      res.status(500).json({ title: 'Internal Server Error', status: 500 });
    } else if (error.status === 401 || error.status === 403) res.status(error.status).end();
    else res.status(error.status).type('application/problem+json').send(toJson(error.body()));
  });

  const server: Server = createServer(app);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(config.port, config.host, done);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : config.port;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await store.close();
    },
  };
};
