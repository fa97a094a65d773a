import {
  connectorLoaderOptions,
  connectorPackage,
  connectorProtoPath,
  type ConnectorDefinition,
} from '@huma-poweroffice/contracts';
import {
  credentials,
  loadPackageDefinition,
  Metadata,
  status,
  type ChannelCredentials,
  type Client,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync, type MethodDefinition } from '@grpc/proto-loader';

type Method = keyof ConnectorDefinition;
type TypesOf<M extends Method> =
  ConnectorDefinition[M] extends MethodDefinition<infer Request, infer _P, infer _Q, infer Reply>
    ? { request: Request; reply: Reply }
    : never;

export interface Called<M extends Method> {
  /** Such as `OK` or `NOT_FOUND`. */
  readonly status: string;
  /** The stable code of a refusal. */
  readonly code: string;
  readonly reply: TypesOf<M>['reply'] | null;
}

interface Pending {
  cancel(): void;
}
type Unary = (...all: unknown[]) => Pending;

/** Calls the contract as another service does. */
export class GrpcClient {
  private readonly client: Client;

  constructor(
    port: number,
    private readonly token: string | null,
    channel: ChannelCredentials = credentials.createInsecure(),
  ) {
    const loaded: unknown = loadPackageDefinition(loadSync(connectorProtoPath, connectorLoaderOptions));
    const found = connectorPackage.split('.').reduce((at, name) => (at as Record<string, unknown>)[name], loaded);
    const { Connector } = found as { Connector: new (...all: unknown[]) => Client };
    // Certificates of tests are for `localhost`.
    const options = { 'grpc.ssl_target_name_override': 'localhost', 'grpc.use_local_subchannel_pool': 1 };
    this.client = new Connector(`127.0.0.1:${String(port)}`, channel, options);
  }

  call<M extends Method>(method: M, request: TypesOf<M>['request'], cancel?: AbortSignal): Promise<Called<M>> {
    const metadata = new Metadata();
    if (this.token !== null) metadata.set('authorization', `Bearer ${this.token}`);
    return new Promise((resolve) => {
      const done = (error: ServiceError | null, reply?: TypesOf<M>['reply']): void => {
        if (error) resolve({ status: status[error.code], code: error.details, reply: null });
        else resolve({ status: 'OK', code: '', reply: reply ?? null });
      };
      const unary = (this.client as unknown as Record<string, Unary>)[method];
      const pending = unary?.call(this.client, request, metadata, { deadline: Date.now() + 30_000 }, done);
      cancel?.addEventListener('abort', () => pending?.cancel());
    });
  }

  close(): void {
    this.client.close();
  }
}
