import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ConfigError } from '../config.js';
import type { Logger } from '../logger.js';
import type { TokenVerifier } from '../token-verifier.js';
import { AccessGuard } from './access-guard.js';
import { drain } from './drain.js';
import { Health, HealthController, type HealthCheck } from './health.js';
import { identityProvider } from './identity-provider.js';
import { jsonBodies } from './json-bodies.js';
import { MetricsController } from './metrics-controller.js';
import { metrics } from './metrics.js';
import { nestLogger } from './nest-logger.js';
import { observeRequests } from './observe-requests.js';
import { openApiOf, serveDocs, type ServiceTexts } from './openapi.js';
import { ProblemFilter } from './problem-filter.js';
import { validationPipe } from './validation.js';

export interface ServiceOptions extends ServiceTexts {
  /** The service's own controllers and providers. */
  readonly module: Type | DynamicModule;
  readonly logger: Logger;
  readonly verifier: Pick<TokenVerifier, 'verify' | 'keys'>;
  /** The identity provider's address, where the documentation's pages sign in. */
  readonly issuer: string;
  readonly readiness: readonly HealthCheck[];
  /** What cannot be mended but by a new start. */
  readonly liveness?: readonly HealthCheck[];
  readonly port: number;
  readonly host: string;
  /** Where a browser finds the service, when that is not host and port. */
  readonly publicUrl?: string | null;
}

export interface Service {
  /** For what is particular to a service, such as a gRPC server beside HTTP; before `listen`. */
  readonly app: NestExpressApplication;
  readonly document: OpenAPIObject;
  /** Runs Nest's start hooks, then takes requests. Answers the address. */
  listen(): Promise<string>;
  /** Takes no more requests, lets those under way end, then runs Nest's shutdown hooks. */
  stop(): Promise<void>;
}

/** How long requests under way may take at a stop, in milliseconds. */
const GRACE = 10_000;

class ServiceModule {}

const rootModule = (module: Type | DynamicModule, health: Health): DynamicModule => ({
  module: ServiceModule,
  imports: [module],
  controllers: [HealthController, MetricsController],
  providers: [{ provide: Health, useValue: health }],
});

/** Answers hold personal values, and carry entity tags of our own. */
const setHeaders = (app: NestExpressApplication): void => {
  app.set('etag', false);
  app.disable('x-powered-by');
  app.use((_: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    next();
  });
};

/** A Nest application with what every service has: access, problems, health, metrics, traces, documentation. */
export const createService = async (options: ServiceOptions): Promise<Service> => {
  const { logger, port, host } = options;
  const health = new Health([...options.readiness, identityProvider(options.verifier.keys)], options.liveness ?? []);
  const app = await NestFactory.create<NestExpressApplication>(
    rootModule(options.module, health),
    new ExpressAdapter(),
    { logger: nestLogger(logger), bodyParser: false, abortOnError: false },
  );
  metrics.collectProcess();
  setHeaders(app);
  app.use(observeRequests(logger), jsonBodies());
  app.useGlobalGuards(new AccessGuard(options.verifier));
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter(logger));
  const document = openApiOf(app, options, options.issuer);
  serveDocs(app, document, options.publicUrl ?? `http://${host}:${String(port)}`);

  const server = app.getHttpServer() as Server;
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    health.stop();
    await drain(server, GRACE);
    await app.close();
  };
  return {
    app,
    document,
    listen: async () => {
      await app.listen(port, host).catch((error: unknown) => {
        if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error;
        throw new ConfigError(`Port ${String(port)} of ${host} is taken by another program.`);
      });
      const url = `http://${host}:${String((server.address() as AddressInfo).port)}`;
      logger.info({ url }, 'takes requests');
      return url;
    },
    stop: () => (stopped ??= stop()),
  };
};

/** The OpenAPI document of a module that is neither built nor started: its providers may be anything. */
export const describeService = async (
  texts: ServiceTexts & { readonly module: Type | DynamicModule },
): Promise<OpenAPIObject> => {
  const root = rootModule(texts.module, new Health([], []));
  const app = await NestFactory.create(root, new ExpressAdapter(), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return openApiOf(app, texts, 'https://identity.example');
};
