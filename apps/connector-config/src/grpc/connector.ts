import type { ConnectorDefinition } from '@huma-poweroffice/contracts';
import type { MethodDefinition } from '@grpc/proto-loader';

export type Method = keyof ConnectorDefinition;
type TypesOf<M extends Method> =
  ConnectorDefinition[M] extends MethodDefinition<infer _Q, infer Reply, infer Request, infer _R>
    ? { request: Request; reply: Reply }
    : never;
export type RequestOf<M extends Method> = TypesOf<M>['request'];
export type ReplyOf<M extends Method> = TypesOf<M>['reply'];

/** The contract as functions; `gone` is aborted when the caller no longer waits. A refusal is a thrown GrpcProblem. */
export type ConnectorHandlers = {
  readonly [M in Method]: (request: RequestOf<M>, gone: AbortSignal) => Promise<ReplyOf<M>>;
};
