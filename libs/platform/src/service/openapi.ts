import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import {
  ApiExtension,
  ApiHeader,
  ApiProperty,
  ApiPropertyOptional,
  DocumentBuilder,
  getSchemaPath,
  SwaggerModule,
  type OpenAPIObject,
} from '@nestjs/swagger';
import { documentationHeaders } from './security-headers.js';

class MistakeBody {
  @ApiProperty({ example: 'settings.mail.recipients.0' })
  path!: string;
  @ApiProperty()
  message!: string;
}

/** RFC 9457, as the service answers it. */
class ProblemBody {
  @ApiProperty({ example: 'about:blank#validation' })
  type!: string;
  @ApiProperty()
  title!: string;
  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599 })
  status!: number;
  @ApiProperty({ description: 'Stable: programs decide by it.' })
  code!: string;
  @ApiPropertyOptional()
  detail?: string;
  @ApiPropertyOptional({ type: [MistakeBody], description: 'Every mistake of the request.' })
  errors?: MistakeBody[];
}

// Nest leaves the success out of a route that declares any response: the problems join it when all is described.
const PROBLEMS = 'x-problems';

const titles: Readonly<Record<number, string>> = {
  400: 'The request is not right.',
  401: 'The access token is missing, or is not valid.',
  403: 'The caller does not have the permission.',
  404: 'There is no such thing, or it is another organisation’s.',
  408: 'The request took too long to come in.',
  409: 'It does not fit the state of the thing.',
  413: 'The body is too large.',
  415: 'The body is not application/json in UTF-8.',
  412: 'Somebody else has changed the thing meanwhile.',
  422: 'It is understood, and cannot be done.',
  428: 'If-Match is missing.',
  502: 'The system behind this gave no answer that can be used.',
  503: 'It cannot be answered just now; it can be tried again.',
};

const problemResponse = (status: number) => ({
  description: titles[status] ?? 'A problem.',
  content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemBody) } } },
});

/** Documents the problems that a route answers, beside those that every route has: 400, 401, 403, 404, 503, with a body 413 and 415. */
export const Problems = (...statuses: number[]): MethodDecorator => ApiExtension(PROBLEMS, statuses);

/**
 * Documents the header `Idempotency-Key` as `idempotencyKey` reads it.
 * @param description what happens once only
 */
export const IdempotencyKeyHeader = (description: string): MethodDecorator =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description,
    schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' },
  });

/** What a service says about its HTTP interface. */
export interface ServiceTexts {
  readonly title: string;
  readonly description: string;
  readonly version?: string;
}

const organizationHeader = {
  name: 'Organization-Id',
  in: 'header',
  required: false,
  description: 'The organisation that a service acts for. A person’s is in the token.',
  schema: { type: 'string', format: 'uuid' },
} as const;

const problemResponses = (statuses: readonly number[]) =>
  Object.fromEntries(statuses.map((status) => [status, problemResponse(status)]));
const methods = ['get', 'put', 'post', 'patch', 'delete'] as const;

/** Adds the problems that routes declare, and what guard and filter do for every route that is not public. */
const completed = (document: OpenAPIObject): OpenAPIObject => {
  for (const item of Object.values(document.paths)) {
    for (const operation of methods.flatMap((method) => item[method] ?? [])) {
      const { [PROBLEMS]: declared = [] } = operation as { [PROBLEMS]?: number[] };
      Reflect.deleteProperty(operation, PROBLEMS);
      operation.responses = { ...problemResponses(declared), ...operation.responses };
      if (operation.security) continue;
      operation.security = [{ bearer: [] }, { oauth2: ['openid'] }];
      const always = [400, 401, 403, 404, 503, ...(operation.requestBody === undefined ? [] : [413, 415])];
      operation.responses = { ...problemResponses(always), ...operation.responses };
      operation.parameters = [...(operation.parameters ?? []), organizationHeader];
    }
  }
  return document;
};

/** The OpenAPI document of a Nest application, whether it is started or not. */
export const openApiOf = (app: INestApplication, texts: ServiceTexts, issuer: string): OpenAPIObject => {
  const scopes = { openid: 'who you are', profile: 'your name', email: 'your email' };
  const config = new DocumentBuilder()
    .setTitle(texts.title)
    .setDescription(texts.description)
    .setVersion(texts.version ?? '1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'bearer')
    .addOAuth2(
      {
        type: 'oauth2',
        flows: { authorizationCode: { authorizationUrl: `${issuer}/auth`, tokenUrl: `${issuer}/token`, scopes } },
      },
      'oauth2',
    )
    .build();
  return completed(SwaggerModule.createDocument(app, config, { extraModels: [ProblemBody] }));
};

/**
 * Serves the document at /docs/openapi.json and, if `pages` says so, Swagger UI at /docs, where a person signs in as client
 * `poweroffice-docs`.
 */
export const serveDocs = (
  app: NestExpressApplication,
  document: OpenAPIObject,
  { publicUrl, issuer, pages }: { readonly publicUrl: string; readonly issuer: string; readonly pages: boolean },
): void => {
  app.use('/docs', documentationHeaders(issuer));
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'docs/openapi.json',
    ui: pages,
    raw: ['json'],
    customSiteTitle: document.info.title,
    swaggerOptions: {
      oauth2RedirectUrl: `${publicUrl}/docs/oauth2-redirect.html`,
      persistAuthorization: false,
      initOAuth: {
        clientId: 'poweroffice-docs',
        scopes: ['openid', 'profile', 'email'],
        usePkceWithAuthorizationCodeGrant: true,
      },
    },
  });
};
