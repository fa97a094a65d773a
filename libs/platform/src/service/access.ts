import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import type { Request } from 'express';
import { ProblemError } from '../problem.js';
import type { Principal } from '../token-verifier.js';
import { isUuid } from './uuid-param.js';

/** Who may use a route. */
export type Access = 'public' | 'administrators' | 'services';

/** Huma's system role with full access for the organisation. */
export const ADMINISTRATOR_PERMISSION = 'organization:full';
/** What the services' own client credentials are for. */
export const SERVICE_SCOPE = 'poweroffice.internal';

export const ACCESS = 'poweroffice:access';

/** A route for everybody, without a token. */
export const Public = (): ClassDecorator & MethodDecorator =>
  applyDecorators(SetMetadata(ACCESS, 'public' satisfies Access), ApiSecurity({}));

/** A route for administrators, and for services that act for the organisation they name; what routes are by default. */
export const ForAdministrators = (): ClassDecorator & MethodDecorator =>
  SetMetadata(ACCESS, 'administrators' satisfies Access);

/** A route for services only. */
export const ForServices = (): ClassDecorator & MethodDecorator => SetMetadata(ACCESS, 'services' satisfies Access);

/** Whether that caller may use routes of that kind. */
export const permits = (access: Access, caller: Principal): boolean => {
  if (access === 'public') return true;
  if (caller.kind === 'service') return caller.scopes.includes(SERVICE_SCOPE);
  return access === 'administrators' && caller.permissions.includes(ADMINISTRATOR_PERMISSION);
};

/** A request with who makes it, or why that is not known: an error of the verifier. */
export type AuthenticatedRequest = Request & { caller?: Principal; refusal?: unknown };

/**
 * Who makes a request.
 * @throws ProblemError 401 without a valid token, 503 while tokens cannot be verified
 */
export const callerOf = (request: AuthenticatedRequest): Principal => {
  if (request.caller) return request.caller;
  if (request.refusal !== undefined) throw request.refusal;
  throw new ProblemError(401, 'invalid-token', 'The access token is missing, or is not valid.');
};

/**
 * The organisation that a request is about: a person's own, whatever a header says; the one that a service names.
 * @throws ProblemError 400 when a service names none
 */
export const organizationOf = (request: AuthenticatedRequest): string => {
  const caller = callerOf(request);
  const named = caller.kind === 'person' ? caller.organizationId : request.header('organization-id');
  if (named !== undefined && isUuid(named)) return named.toLowerCase();
  if (caller.kind === 'person') {
    throw new ProblemError(401, 'invalid-token', 'The access token names no organisation that can be.');
  }
  throw new ProblemError(400, 'organization-missing', 'A service names the organisation it acts for.', {
    errors: [{ path: 'Organization-Id', message: 'must be a header with the id (a UUID) of the organisation' }],
  });
};

const requestOf = (context: ExecutionContext): AuthenticatedRequest =>
  context.switchToHttp().getRequest<AuthenticatedRequest>();

/** The id of the organisation that the request is about. */
export const Organization = createParamDecorator((_: unknown, context) => organizationOf(requestOf(context)));

/** Who calls. */
export const Caller = createParamDecorator((_: unknown, context) => callerOf(requestOf(context)));
