import type { RequestHandler } from 'express';
import type { TokenVerifier } from '../token-verifier.js';
import type { AuthenticatedRequest } from './access.js';

const bearer = (header: string | undefined): string | undefined => /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];

/**
 * Finds out who calls before anything else of a request is used: its trace context and its body only count from callers who
 * are known. A token that is not valid is no error here, because some routes are public; the guard of the route decides.
 */
export const identify =
  (verifier: Pick<TokenVerifier, 'verify'>): RequestHandler =>
  (request: AuthenticatedRequest, _response, next) => {
    const token = bearer(request.headers.authorization);
    if (token === undefined) {
      next();
      return;
    }
    verifier.verify(token).then(
      (caller) => {
        request.caller = caller;
        next();
      },
      (refusal: unknown) => {
        request.refusal = refusal;
        next();
      },
    );
  };
