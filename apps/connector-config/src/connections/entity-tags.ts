import { etag } from '@huma-poweroffice/platform';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { ConnectionAnswer } from './answers.js';

/** The part of the response that is used. */
interface Response {
  readonly statusCode: number;
  setHeader(name: string, value: string): unknown;
}

/** Gives an answered connection its ETag, and a created one its Location. */
export class EntityTags implements NestInterceptor<ConnectionAnswer> {
  intercept(context: ExecutionContext, next: CallHandler<ConnectionAnswer>): Observable<ConnectionAnswer> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      map((connection) => {
        response.setHeader('ETag', etag(connection.version));
        if (response.statusCode === 201) response.setHeader('Location', `/v1/connections/${connection.id}`);
        return connection;
      }),
    );
  }
}
