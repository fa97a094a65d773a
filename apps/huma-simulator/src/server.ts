import { createServer } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { Config } from './config.js';
import { control } from './control.js';
import { Domain } from './domain.js';
import { HumaError } from './huma-error.js';
import { identity } from './identity.js';
import { openApi } from './open-api.js';
import { Publisher } from './publisher.js';
import { Store } from './store.js';

export interface RunningSimulator {
  url: string;
  stop(): Promise<void>;
}

/** Starts Huma as far as this product sees it: the Open API, the OpenID provider at `/oidc`, and `/control`. */
export const startSimulator = async (config: Config): Promise<RunningSimulator> => {
  const store = new Store(config.databaseUrl);
  await store.prepare();
  const publisher = new Publisher(config, store);
  const domain = new Domain(store, publisher);
  await domain.load();
  await publisher.start();
  const { provider, router } = await identity(config, domain, store);

  const app = express();
  app.disable('x-powered-by');
  app.get('/health/ready', (_req, res) => void res.json({ status: 'ready' }));
  app.use('/control', control(config, domain, publisher, provider));
  app.use('/oidc', router);
  app.use(openApi(domain));
  app.use(
    (_req, res) =>
      void res.status(404).json({ errorCode: 'object:not-found', errorMessage: 'Not found', interpolations: {} }),
  );
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    if (error instanceof HumaError) {
      res
        .status(error.status)
        .json({ errorCode: error.errorCode, errorMessage: error.message, fields: error.fields, interpolations: {} });
      return;
    }
    // A body that is too large or is not JSON.
    const { status } = error as { status?: unknown };
    if (typeof status === 'number' && status < 500) {
      res.status(400).json({ errorCode: 'field:invalid-format', errorMessage: 'Invalid body', fields: [] });
      return;
    }
    process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
    res.status(500).json({
      timestamp: new Date().toISOString(),
      status: 500,
      error: 'Internal Server Error',
      message: '',
      path: req.path,
    });
  });

  const server = createServer(app);
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
      await publisher.stop();
      await store.close();
    },
  };
};
