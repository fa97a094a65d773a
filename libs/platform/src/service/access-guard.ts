import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ProblemError } from '../problem.js';
import { ACCESS, callerOf, organizationOf, permits, type Access, type AuthenticatedRequest } from './access.js';

/** Lets in who may use the route; `identify` has found out who calls. */
export class AccessGuard implements CanActivate {
  private readonly reflector = new Reflector();

  canActivate(context: ExecutionContext): boolean {
    const access =
      this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [context.getHandler(), context.getClass()]) ??
      'administrators';
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (!permits(access, callerOf(request))) {
      throw new ProblemError(403, 'permission-missing', 'The caller does not have the permission that this needs.');
    }
    // Nobody works for an organisation that is not named, even where a handler forgets to ask which.
    if (access === 'administrators') organizationOf(request);
    return true;
  }
}
