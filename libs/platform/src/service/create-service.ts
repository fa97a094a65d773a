import type { RequestListener } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { RequestHandler } from 'express';
import type { Logger } from '../logger.js';
import type { TokenVerifier } from '../token-verifier.js';
import { AccessGuard } from './access-guard.js';
import { cached } from './cached.js';
import { drain } from './drain.js';
import { Health, HealthController, type HealthCheck } from './health.js';
import { defaultHttpLimits, limitedServer, listenOn, type HttpLimits } from './http-server.js';
import { identify } from './identify.js';
import { identityProvider } from './identity-provider.js';
import { Figures, MetricsController } from './metrics-controller.js';
import { metrics } from './metrics.js';
import { nestLogger } from './nest-logger.js';
import { observeRequests } from './observe-requests.js';
import { openApiOf, serveDocs, type ServiceTexts } from './openapi.js';
import { ProblemFilter } from './problem-filter.js';
import { ReadBodies } from './read-bodies.js';
import { securityHeaders } from './security-headers.js';
import { validationPipe } from './validation.js';

/** Everything that a service is made of. */
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
  /** The port of health, metrics and documentation; the service's own if it is absent or null. */
  readonly operationsPort?: number | null;
  /** Whether the documentation also has pages (Swagger UI), beside the OpenAPI document. */
  readonly serveDocs?: boolean;
  readonly limits?: HttpLimits;
  /** How long metrics and reports of health are answered again without another look, in milliseconds; 5 seconds if absent. */
  readonly figuresMs?: number;
}

/** A service that has been put together. */
export interface Service {
  /** For what is particular to a service, such as a gRPC server beside HTTP; before `listen`. */
  readonly app: NestExpressApplication;
  readonly document: OpenAPIObject;
  /** Runs Nest's start hooks, then takes requests. Answers the address. */
  listen(): Promise<string>;
  /** The address of health, metrics and documentation, once the service listens. */
  operationsUrl(): string;
  /** Takes no more requests, lets those under way end, then runs Nest's shutdown hooks. */
  stop(): Promise<void>;
}

/** How long requests under way may take at a stop, in milliseconds. */
const GRACE = 10_000;
const FIGURES_MS = 5000;

class ServiceModule {}
class OperationsModule {}

const operationsModule = (health: Health, figures: Figures): DynamicModule => ({
  module: OperationsModule,
  controllers: [HealthController, MetricsController],
  providers: [
    { provide: Health, useValue: health },
    { provide: Figures, useValue: figures },
  ],
});

const rootModule = (...imports: (Type | DynamicModule)[]): DynamicModule => ({ module: ServiceModule, imports });

/** An application with what is before and around every route, whoever asks. */
const createApp = async (
  root: DynamicModule,
  logger: Logger,
  publicUrl: string,
  ...first: RequestHandler[]
): Promise<NestExpressApplication> => {
  const app = await NestFactory.create<NestExpressApplication>(root, new ExpressAdapter(), {
    logger: nestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  // Entity tags are our own.
  app.set('etag', false);
  app.disable('x-powered-by');
  app.use(securityHeaders({ tls: publicUrl.startsWith('https:') }), ...first);
  app.useGlobalFilters(new ProblemFilter(logger));
  return app;
};

const serverOf = (app: NestExpressApplication, limits: HttpLimits) =>
  limitedServer(app.getHttpAdapter().getInstance() as RequestListener, limits);

/** A Nest application with what every service has: access, problems, health, metrics, traces, documentation. */
export const createService = async (options: ServiceOptions): Promise<Service> => {
  const { logger, port, host, verifier, limits = defaultHttpLimits, operationsPort = null } = options;
  const { figuresMs = FIGURES_MS, publicUrl } = options;
  const url = publicUrl ?? `http://${host}:${String(port)}`;
  const health = new Health([...options.readiness, identityProvider(verifier.keys)], options.liveness ?? [], figuresMs);
  metrics.collectProcess();
  const figures = new Figures(
    cached(
      () => metrics.registry.metrics(),
      () => figuresMs,
    ),
  );
  const operations = operationsModule(health, figures);
  const apart = operationsPort !== null;

  const root = apart ? rootModule(options.module) : rootModule(options.module, operations);
  const app = await createApp(root, logger, url, identify(verifier), observeRequests(logger));
  app.useGlobalGuards(new AccessGuard(), new ReadBodies());
  app.useGlobalPipes(validationPipe());
  const document = openApiOf(app, options, options.issuer);
  const server = serverOf(app, limits);

  const operationsApp = apart ? await createApp(rootModule(operations), logger, url) : app;
  const operationsServer = apart ? serverOf(operationsApp, limits) : server;
  serveDocs(operationsApp, document, { publicUrl: url, issuer: options.issuer, pages: options.serveDocs ?? false });

  let operationsUrl = '';
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    health.stop();
    await drain(server, GRACE);
    await app.close();
    // Readiness says until the end that the service is stopping.
    if (apart) {
      await drain(operationsServer, GRACE);
      await operationsApp.close();
    }
  };
  return {
    app,
    document,
    listen: async () => {
      await app.init();
      if (apart) {
        await operationsApp.init();
        operationsUrl = await listenOn(operationsServer, operationsPort, host);
      }
      const listening = await listenOn(server, port, host);
      if (!apart) operationsUrl = listening;
      logger.info({ url: listening, operationsUrl }, 'takes requests');
      return listening;
    },
    operationsUrl: () => operationsUrl,
    stop: () => (stopped ??= stop()),
  };
};

/** The OpenAPI document of a module that is neither built nor started: its providers may be anything. */
export const describeService = async (
  texts: ServiceTexts & { readonly module: Type | DynamicModule },
): Promise<OpenAPIObject> => {
  const operations = operationsModule(new Health([], [], 0), new Figures(async () => ''));
  const app = await NestFactory.create(rootModule(texts.module, operations), new ExpressAdapter(), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return openApiOf(app, texts, 'https://identity.example');
};
