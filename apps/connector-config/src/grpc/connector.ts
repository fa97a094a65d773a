import type { ConnectorDefinition } from '@huma-poweroffice/contracts';
import type { MethodDefinition } from '@grpc/proto-loader';

export type Method = keyof ConnectorDefinition;
type TypesOf<M extends Method> =
  ConnectorDefinition[M] extends MethodDefinition<infer _Q, infer Reply, infer Request, infer _R>
    ? { request: Request; reply: Reply }
    : never;
export type RequestOf<M extends Method> = TypesOf<M>['request'];
export type ReplyOf<M extends Method> = TypesOf<M>['reply'];

/** What is known of a call beside its request. */
export interface CallContext {
  /** Aborted when the caller no longer waits. */
  readonly gone: AbortSignal;
  /** When the call came, by `performance.now()`. */
  readonly receivedAt: number;
}

/** The contract as functions. A refusal is a thrown GrpcProblem. */
export type ConnectorHandlers = {
  readonly [M in Method]: (request: RequestOf<M>, context: CallContext) => Promise<ReplyOf<M>>;
};
