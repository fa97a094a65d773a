import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { readJsonBody } from './json-bodies.js';

/**
 * Reads the body of a request once the guards before this one have let it in, so that nobody else can make the service parse
 * anything. It is a guard itself because an interceptor would turn the refusal of a stream into an event of the stream.
 */
export class ReadBodies implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    await readJsonBody(http.getRequest<Request>(), http.getResponse<Response>());
    return true;
  }
}
