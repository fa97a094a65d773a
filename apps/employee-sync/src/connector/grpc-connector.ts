import { randomUUID } from 'node:crypto';
import {
  connectorLoaderOptions,
  connectorPackage,
  connectorProtoPath,
  type ConnectorDefinition,
} from '@huma-poweroffice/contracts';
import type { Logger, Secret, ServiceToken } from '@huma-poweroffice/platform';
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
import type { Connector, Permit, PermitClass, PowerOfficeToken, TokenAnswer } from './connector.js';

type Method = keyof ConnectorDefinition;
type Request<M extends Method> =
  ConnectorDefinition[M] extends MethodDefinition<infer R, infer _R, infer _I, infer _O> ? R : never;
type Reply<M extends Method> =
  ConnectorDefinition[M] extends MethodDefinition<infer _R, infer _I, infer _O, infer R> ? R : never;

const CALL_MS = 5000;
/** What is not used of a token's life, for the way here and a request's own time. */
const TOKEN_MARGIN_MS = 15_000;

const wireClass = {
  person: 'PERMIT_CLASS_PERSON',
  live: 'PERMIT_CLASS_LIVE',
  run: 'PERMIT_CLASS_RUN',
  background: 'PERMIT_CLASS_BACKGROUND',
} as const satisfies Record<PermitClass, string>;

/** The settings of TLS, each as PEM. */
export interface GrpcTls {
  readonly GRPC_TLS_CERT: Secret | null;
  readonly GRPC_TLS_KEY: Secret | null;
  readonly GRPC_TLS_CA: Secret | null;
}

const bytes = (text: Secret | null): Buffer | null => text && Buffer.from(text.reveal());

/** Clear text without a certificate authority; whether that is allowed is decided where the settings are read. */
export const clientCredentials = (tls: GrpcTls): ChannelCredentials =>
  tls.GRPC_TLS_CA
    ? credentials.createSsl(bytes(tls.GRPC_TLS_CA), bytes(tls.GRPC_TLS_KEY), bytes(tls.GRPC_TLS_CERT))
    : credentials.createInsecure();

const codeOf = (error: unknown): status | undefined => (error as Partial<ServiceError>).code;

/** connector-config over gRPC. */
export class GrpcConnector implements Connector {
  private readonly client: Client;

  /** @param address host:port */
  constructor(
    address: string,
    private readonly ownToken: Pick<ServiceToken, 'get' | 'forget'>,
    private readonly logger: Logger,
    channel: ChannelCredentials = credentials.createInsecure(),
  ) {
    const loaded = loadPackageDefinition(loadSync(connectorProtoPath, connectorLoaderOptions));
    const found = connectorPackage
      .split('.')
      .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], loaded);
    const { Connector: Service } = found as { Connector: new (...args: unknown[]) => Client };
    this.client = new Service(address, channel, {
      'grpc.keepalive_time_ms': 20_000,
      'grpc.max_reconnect_backoff_ms': 2000,
      'grpc.initial_reconnect_backoff_ms': 200,
    });
  }

  close(): void {
    this.client.close();
  }

  async acquirePermit(
    permitClass: PermitClass,
    waitMs: number,
    signal?: AbortSignal,
    connectionId = '',
  ): Promise<Permit | null> {
    const asked = performance.now();
    const reference = randomUUID();
    const request = { class: wireClass[permitClass], waitMs, connectionId, reference };
    try {
      const permit = await this.call('AcquirePermit', request, waitMs + CALL_MS, signal);
      return {
        id: permit.permitId,
        notBefore: performance.now() + permit.notBeforeMs,
        validUntil: asked + permit.validForMs,
        arrivalMs: permit.arrivalMs,
      };
    } catch (error) {
      // A permit may be on its way. Without this report it would be lost until it is written off.
      if (codeOf(error) === status.CANCELLED) this.tell('ReportPermit', { reference, used: false });
      if (codeOf(error) === status.DEADLINE_EXCEEDED || codeOf(error) === status.CANCELLED) return null;
      throw error;
    }
  }

  reportPermit(permit: Permit, arrivedMsAgo: number | null): void {
    const report = { permitId: permit.id, used: arrivedMsAgo !== null, ageMs: Math.floor(arrivedMsAgo ?? 0) };
    this.tell('ReportPermit', report);
  }

  async accessToken(connectionId: string, refused = ''): Promise<TokenAnswer> {
    const asked = performance.now();
    try {
      const answer = await this.call('GetAccessToken', { connectionId, refusedToken: refused });
      const { accessToken, clientId, subscriptionKey, validForMs } = answer;
      const usableUntil = asked + Math.max(0, validForMs - TOKEN_MARGIN_MS);
      return {
        outcome: 'granted',
        token: { accessToken, clientId, subscriptionKey, usableUntil } satisfies PowerOfficeToken,
      };
    } catch (error) {
      const refusal = codeOf(error) === status.FAILED_PRECONDITION || codeOf(error) === status.NOT_FOUND;
      this.logger.warn({ err: error, connectionId }, 'there is no access token for a connection');
      return { outcome: refusal ? 'refused' : 'unavailable' };
    }
  }

  reportRateLimited(retryAfterMs: number): void {
    this.tell('ReportRateLimited', { retryAfterMs: Math.ceil(retryAfterMs) });
  }

  reportRefusal(connectionId: string, kind: 'key' | 'privilege', httpStatus: number): void {
    this.tell('ReportRefusal', { connectionId, kind, status: httpStatus });
  }

  reportWaitingForPrivilege(connectionId: string): void {
    this.tell('ReportWaitingForPrivilege', { connectionId });
  }

  async reportRunFinished(connectionId: string, runId: string, clientId: string): Promise<void> {
    await this.call('ReportRunFinished', { connectionId, runId, clientId });
  }

  /** A report whose loss costs little: a permit is written off, a refusal is met again. */
  private tell<M extends Method>(method: M, request: Request<M>): void {
    this.call(method, request).catch((error: unknown) => {
      this.logger.warn({ err: error, method }, 'connector-config could not be told');
    });
  }

  /** Once more where our own token is refused: its keys may have been changed before its time. */
  private async call<M extends Method>(
    method: M,
    request: Request<M>,
    withinMs = CALL_MS,
    signal?: AbortSignal,
  ): Promise<Reply<M>> {
    const token = await this.ownToken.get();
    try {
      return await this.send(token, method, request, withinMs, signal);
    } catch (error) {
      if (codeOf(error) !== status.UNAUTHENTICATED) throw error;
      this.ownToken.forget(token);
      return this.send(await this.ownToken.get(), method, request, withinMs, signal);
    }
  }

  private send<M extends Method>(
    token: string,
    method: M,
    request: Request<M>,
    withinMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Reply<M>> {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${token}`);
    return new Promise<Reply<M>>((resolve, reject) => {
      const done = (error: ServiceError | null, reply?: Reply<M>): void => {
        signal?.removeEventListener('abort', cancel);
        if (error || reply === undefined) reject(error ?? new Error('An answer without a message'));
        else resolve(reply);
      };
      const send = (this.client as unknown as Record<string, (...args: unknown[]) => { cancel(): void }>)[method];
      const pending = send?.call(this.client, request, metadata, { deadline: Date.now() + withinMs }, done);
      const cancel = (): void => pending?.cancel();
      if (signal?.aborted) cancel();
      else signal?.addEventListener('abort', cancel, { once: true });
    });
  }
}
