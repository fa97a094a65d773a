import {
  connectorLoaderOptions,
  connectorPackage,
  connectorProtoPath,
  type ConnectorDefinition,
} from '@huma-poweroffice/contracts';
import { ConfigError, type Logger, type TokenVerifier } from '@huma-poweroffice/platform';
import { inSpan, permits } from '@huma-poweroffice/platform/service';
import {
  loadPackageDefinition,
  Server,
  type ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { CallContext, ConnectorHandlers, Method, ReplyOf, RequestOf } from './connector.js';
import { GrpcProblem, problemOf } from './grpc-problem.js';

export interface GrpcObserver {
  handled(method: string, code: string, ms: number): void;
}

/** How long calls under way may take at a stop. */
const GRACE_MS = 5000;

const serviceOf = (): ServiceDefinition => {
  const loaded: unknown = loadPackageDefinition(loadSync(connectorProtoPath, connectorLoaderOptions));
  const found = connectorPackage.split('.').reduce((at, name) => (at as Record<string, unknown>)[name], loaded);
  return (found as { Connector: { service: ServiceDefinition } }).Connector.service;
};

const first = (value: string | Buffer | undefined): string | undefined => value?.toString();

/** The contract over gRPC: services only, by their own tokens. */
export class GrpcServer {
  private readonly server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 });

  constructor(
    handlers: ConnectorHandlers,
    private readonly verifier: Pick<TokenVerifier, 'verify'>,
    private readonly logger: Logger,
    private readonly observer: GrpcObserver,
  ) {
    const methods = Object.keys(handlers) as (keyof ConnectorDefinition)[];
    const implementation: UntypedServiceImplementation = Object.fromEntries(
      methods.map((method) => [method, this.unary(method, handlers)]),
    );
    this.server.addService(serviceOf(), implementation);
  }

  /** @returns the port; a free one when 0 was asked for */
  listen(host: string, port: number, credentials: ServerCredentials): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync(`${host}:${String(port)}`, credentials, (error, bound) => {
        if (error) reject(new ConfigError(`Port ${String(port)} of ${host} cannot be used for gRPC.`));
        else resolve(bound);
      });
    });
  }

  /** Takes no more calls, lets those under way end, and breaks off what takes too long. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => {
        this.server.forceShutdown();
        resolve();
      }, GRACE_MS);
      this.server.tryShutdown(() => {
        clearTimeout(late);
        resolve();
      });
    });
  }

  private unary<M extends Method>(method: M, handlers: ConnectorHandlers) {
    return (call: ServerUnaryCall<RequestOf<M>, ReplyOf<M>>, answer: sendUnaryData<ReplyOf<M>>): void => {
      const receivedAt = performance.now();
      const gone = new AbortController();
      // Also emitted once the call has been answered, when nobody listens any more.
      call.on('cancelled', () => {
        gone.abort();
      });
      if (call.cancelled) gone.abort();
      const context = { gone: gone.signal, receivedAt };
      this.handle(method, handlers, call, context).then(
        (reply) => {
          this.observer.handled(method, 'OK', performance.now() - receivedAt);
          answer(null, reply);
        },
        (error: unknown) => {
          const problem = this.problem(method, error);
          this.observer.handled(method, status[problem.status], performance.now() - receivedAt);
          answer({ code: problem.status, details: problem.code });
        },
      );
    };
  }

  private async handle<M extends Method>(
    method: M,
    handlers: ConnectorHandlers,
    call: ServerUnaryCall<RequestOf<M>, ReplyOf<M>>,
    context: CallContext,
  ): Promise<ReplyOf<M>> {
    const header = first(call.metadata.get('authorization')[0]);
    const caller = await this.verifier.verify(/^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]);
    if (!permits('services', caller)) throw new GrpcProblem(status.PERMISSION_DENIED, 'permission-missing');
    // Only a caller who is known decides which trace a call belongs to.
    const traceparent = first(call.metadata.get('traceparent')[0]);
    return inSpan(`grpc ${method}`, {}, () => handlers[method](call.request, context), traceparent);
  }

  private problem(method: string, error: unknown): GrpcProblem {
    const problem = problemOf(error);
    if (problem) return problem;
    this.logger.error({ err: error, method }, 'a call failed');
    return new GrpcProblem(status.INTERNAL, 'internal-error');
  }
}
