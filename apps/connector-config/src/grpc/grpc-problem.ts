import { isTransient, ProblemError } from '@huma-poweroffice/platform';
import { status } from '@grpc/grpc-js';

/** A refusal by gRPC: its message is a stable code. */
export class GrpcProblem extends Error {
  constructor(
    readonly status: status,
    readonly code: string,
  ) {
    super(code);
  }
}

const byHttpStatus: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  503: status.UNAVAILABLE,
};

/** What a caller is told of an error; null: something of ours is wrong. */
export const problemOf = (error: unknown): GrpcProblem | null => {
  if (error instanceof GrpcProblem) return error;
  if (error instanceof ProblemError) {
    const found = byHttpStatus[error.status];
    return found === undefined ? null : new GrpcProblem(found, error.code);
  }
  return isTransient(error) ? new GrpcProblem(status.UNAVAILABLE, 'temporarily-unavailable') : null;
};
