import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ProblemError } from '../problem.js';
import type { TokenVerifier } from '../token-verifier.js';
import { ACCESS, organizationOf, permits, type Access, type AuthenticatedRequest } from './access.js';

const bearer = (header: string | undefined): string | undefined => /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];

/** Lets in who may use the route, and leaves the caller on the request. */
export class AccessGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(private readonly verifier: Pick<TokenVerifier, 'verify'>) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access =
      this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [context.getHandler(), context.getClass()]) ??
      'administrators';
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.caller = await this.verifier.verify(bearer(request.headers.authorization));
    if (!permits(access, request.caller)) {
      throw new ProblemError(403, 'permission-missing', 'The caller does not have the permission that this needs.');
    }
    // Nobody works for an organisation that is not named, even where a handler forgets to ask which.
    if (access === 'administrators') organizationOf(request);
    return true;
  }
}
