import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';

/** JSON, as a document or an answer holds it. */
type Json = Readonly<Record<string, unknown>>;

/** One operation of an OpenAPI document. */
interface Operation {
  readonly method: string;
  /** Such as `/v1/connections/{id}`. */
  readonly path: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Json;
  }[];
  readonly body: Json | null;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Json>> }>>;
}

/** A request that a generator made up from a document. */
export interface DocumentedRequest {
  /** `POST /v1/connections`, the operation that is meant. */
  readonly operation: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the generator cannot make up. */
export interface Known {
  /**
   * Values that mean something to the service, ids that exist and keys that work, by the name of a parameter or property; those
   * of a parameter of the path also by the path up to it, such as `/v1/runs/{id}`.
   */
  readonly values: Readonly<Record<string, readonly unknown[]>>;
  /** Headers of callers: first one who may do everything, then such as a service, somebody without permission, nobody. */
  readonly callers: readonly Readonly<Record<string, string>>[];
}

/** An answer as the network brings it. */
export interface SeenAnswer {
  readonly status: number;
  /** The header, without parameters. */
  readonly contentType: string | null;
  readonly text: string;
}

const methods = ['get', 'put', 'post', 'patch', 'delete'];

const operationsOf = (document: Json): Operation[] =>
  Object.entries(document['paths'] as Record<string, Record<string, unknown>>).flatMap(([path, item]) =>
    methods
      .filter((method) => item[method] !== undefined)
      .map((method) => {
        const {
          parameters = [],
          requestBody,
          responses,
        } = item[method] as unknown as Json & Pick<Operation, 'responses'>;
        const content = (requestBody as { content?: Record<string, { schema: Json }> } | undefined)?.content;
        return {
          method: method.toUpperCase(),
          path,
          parameters: parameters as Operation['parameters'],
          body: content?.['application/json']?.schema ?? null,
          responses,
        };
      }),
  );

const resolver =
  (document: Json) =>
  (schema: Json): Json => {
    const { $ref, allOf, ...own } = schema as { $ref?: string; allOf?: Json[] } & Json;
    if ($ref !== undefined) {
      const found = $ref
        .slice(2)
        .split('/')
        .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
      if (found === undefined) throw new Error(`The document has no ${$ref}`);
      return resolver(document)(found as Json);
    }
    return allOf ? { ...Object.assign({}, ...allOf.map(resolver(document))), ...own } : schema;
  };

const ofText = ({ minLength = 0, maxLength = 60, pattern, format }: Json): fc.Arbitrary<unknown> => {
  if (format === 'uuid') return fc.uuid();
  if (format === 'email') return fc.emailAddress();
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  const [min, max] = [Number(minLength), Math.min(Number(maxLength), 400)];
  const any = fc.string({ unit: 'grapheme-composite', minLength: min, maxLength: Math.max(min, Math.min(max, 60)) });
  if (typeof pattern !== 'string') return any;
  // Properties of characters are more than `stringMatching` knows: most texts have them anyway.
  if (pattern.includes('\\p{')) return any.filter((text) => new RegExp(pattern, 'u').test(text) && text.trim() !== '');
  return fc.stringMatching(new RegExp(pattern)).filter((text) => text.length >= min && text.length <= max);
};

/** Values that fit a schema; properties whose names are known mostly get values that mean something. */
const fitting = (resolve: (schema: Json) => Json, known: Known['values']) => {
  const of = (raw: Json, name?: string): fc.Arbitrary<unknown> => {
    const meant = name === undefined ? undefined : known[name];
    const made = ofKind(resolve(raw));
    return meant ? fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...meant) }, { weight: 1, arbitrary: made }) : made;
  };
  const ofKind = ({ nullable, ...schema }: Json): fc.Arbitrary<unknown> =>
    nullable === true ? fc.oneof(fc.constant(null), ofType(schema)) : ofType(schema);
  const ofType = (schema: Json): fc.Arbitrary<unknown> => {
    const { type, items, minimum, maximum, maxItems, properties, required } = schema;
    if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
    if (Array.isArray(schema['oneOf'])) return fc.oneof(...(schema['oneOf'] as Json[]).map((one) => of(one)));
    if (type === 'boolean') return fc.boolean();
    if (type === 'integer' || type === 'number')
      return fc.integer({ min: Number(minimum ?? 0), max: Number(maximum ?? 1000) });
    if (type === 'array') return fc.array(of(items as Json), { maxLength: Math.min(3, Number(maxItems ?? 3)) });
    if (type === 'string') return ofText(schema);
    const members = Object.entries((properties ?? {}) as Record<string, Json>);
    return fc.record(Object.fromEntries(members.map(([name, inner]) => [name, of(inner, name)])), {
      requiredKeys: (required ?? []) as string[],
      noNullPrototype: true,
    });
  };
  return of;
};

const junkText = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e2',
    'null',
    '\u0000',
    'a\nb',
    '\u202e',
    '*',
    "'; --",
    '999999999999999999999',
    '"1"',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.base64String(),
);
/** What a header can hold. */
const junkHeader = fc.oneof(
  fc.constantFrom('', '*', '"1"', 'W/"1"', '"0"', '"1", "2"'),
  fc.string({ maxLength: 250 }).map((t) => t.trim()),
);
const junkJson = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom<unknown>(null, 1e308, -0, 2 ** 53, [], {}, [[]], '\ud800', '2026-02-30', { $ref: '#' }),
);

/** A body with one member that is something else, too many, or missing. */
const spoilt = (body: unknown): fc.Arbitrary<unknown> => {
  if (typeof body !== 'object' || body === null || Object.keys(body).length === 0) return junkJson;
  const names = fc.constantFrom(...Object.keys(body));
  return fc.oneof(
    fc.tuple(names, junkJson).map(([name, value]) => ({ ...body, [name]: value })),
    names.chain((name) => spoilt((body as Json)[name]).map((value) => ({ ...body, [name]: value }))),
    fc.tuple(fc.string(), junkJson).map(([name, value]) => ({ ...body, [name]: value })),
    names.map((name) => Object.fromEntries(Object.entries(body).filter(([other]) => other !== name))),
    junkJson,
  );
};

const bodies = (fit: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fit.map((body) => JSON.stringify(body)) },
    { weight: 6, arbitrary: fit.chain(spoilt).map((body) => JSON.stringify(body) ?? 'undefined') },
    { weight: 1, arbitrary: fc.string({ maxLength: 30 }) },
  );

/** Other characters are the client's business: it does not send them. */
const asHeaders = (made: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(made).map(([name, value]) => [
      name,
      String(value)
        .replace(/[^\x20-\x7e]/g, '?')
        .trim(),
    ]),
  );

const wellFormed = (text: string): string => text.replace(/\p{Cs}/gu, '\ufffd');

/** An empty part, `.` and `..` would be another address. */
const inPathOf = (text: string): string => (/^\.{0,2}$/.test(text) ? '-' : encodeURIComponent(wellFormed(text)));

/** Requests for every operation of the document: such that fit it, and such that nearly do. */
export const documentedRequests = (document: Json, known: Known): fc.Arbitrary<DocumentedRequest> => {
  const fit = fitting(resolver(document), known.values);
  const requestOf = (operation: Operation): fc.Arbitrary<DocumentedRequest> => {
    const { method, path, parameters, body } = operation;
    const meantBy = (name: string): string => {
      const upToIt = `${path.split(`{${name}}`)[0] ?? ''}{${name}}`;
      return upToIt in known.values ? upToIt : name;
    };
    const texts = (name: string, schema: Json) =>
      fc.oneof(
        { weight: 8, arbitrary: fit(schema, meantBy(name)).map(String) },
        { weight: 2, arbitrary: name.includes('-') || name.startsWith('If') ? junkHeader : junkText },
      );
    // What may be left out is, every other time.
    const of = (place: string) =>
      fc.record(
        Object.fromEntries(
          parameters
            .filter((p) => p.in === place)
            .map((p) => [
              p.name,
              p.required === true ? texts(p.name, p.schema) : fc.option(texts(p.name, p.schema), { freq: 1 }),
            ]),
        ),
        { noNullPrototype: true },
      );
    const required = (made: object): object =>
      Object.fromEntries(
        Object.entries(made).filter(([name]) => parameters.some((p) => p.name === name && p.required === true)),
      );
    return fc
      .record({
        // Nothing but what is needed: of such requests many are answered with success.
        plain: fc.constantFrom(true, false),
        inPath: of('path'),
        inQuery: of('query'),
        inHeader: of('header'),
        caller: fc.constantFrom(...known.callers),
        strange: fc.option(fc.tuple(junkText, junkText), { freq: 10 }),
        text: body === null ? fc.constant(undefined) : bodies(fit(body)),
        type: fc.oneof(
          { weight: 15, arbitrary: fc.constant('application/json') },
          fc.constantFrom('text/plain', 'application/json; charset=utf-7'),
        ),
      })
      .map(({ plain, ...made }) =>
        plain
          ? { ...made, inQuery: {}, inHeader: required(made.inHeader), caller: known.callers[0] ?? {}, strange: null }
          : made,
      )
      .map(({ inPath, inQuery, inHeader, caller, strange, text, type }) => {
        const at = path.replace(/\{(\w+)\}/g, (_, name: string) => inPathOf(String(inPath[name])));
        const asked = Object.entries(inQuery)
          .filter(([, v]) => v !== null)
          .map(([n, v]): [string, string] => [n, String(v)]);
        const query = new URLSearchParams([...asked, ...(strange ? [strange] : [])]);
        return {
          operation: `${method} ${path}`,
          method,
          url: `${at}${query.size > 0 ? `?${query.toString()}` : ''}`,
          headers: {
            ...(text === undefined ? {} : { 'content-type': type }),
            ...asHeaders(inHeader),
            ...caller,
          },
          ...(text === undefined ? {} : { body: wellFormed(text) }),
        };
      });
  };
  return fc.oneof(...operationsOf(document).map(requestOf));
};

/** OpenAPI 3.0 says `nullable` where JSON Schema says a type. */
const asJsonSchema = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(asJsonSchema);
  if (typeof part !== 'object' || part === null) return part;
  const { nullable, ...rest } = part as Json;
  const converted = Object.fromEntries(Object.entries(rest).map(([name, inner]) => [name, asJsonSchema(inner)]));
  return nullable === true ? { anyOf: [converted, { type: 'null' }] } : converted;
};

const pointer = (...parts: string[]): string =>
  parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/**
 * Checks answers against the document.
 * @returns what is wrong with an answer; null when it is as documented
 */
export const answerChecker = (document: Json): ((operation: string, answer: SeenAnswer) => string | null) => {
  const ajv = new Ajv({ strict: false, allErrors: false });
  addFormats.default(ajv);
  ajv.addSchema(asJsonSchema(document) as Json, 'document');
  const operations = new Map(operationsOf(document).map((o) => [`${o.method} ${o.path}`, o]));
  return (name, { status, contentType, text }) => {
    const operation = operations.get(name);
    const response = operation?.responses[String(status)];
    if (!operation || !response) return `the status ${String(status)} is not documented`;
    const { content } = response;
    if (content === undefined) return text === '' ? null : 'a body is not documented';
    if (contentType === null || content[contentType] === undefined) return `${String(contentType)} is not documented`;
    if (!/[/+]json$/.test(contentType)) return null;
    const place = ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(status), 'content'];
    const validate = ajv.compile({ $ref: `document#${encodeURI(pointer(...place, contentType, 'schema'))}` });
    return validate(JSON.parse(text)) ? null : ajv.errorsText(validate.errors);
  };
};

/** Sends a generated request. Of a stream only the head is read. */
export const send = async (origin: string, { method, url, headers, body }: DocumentedRequest): Promise<SeenAnswer> => {
  const answer = await fetch(origin + url, { method, headers, ...(body === undefined ? {} : { body }) });
  const contentType = answer.headers.get('content-type')?.split(';')[0] ?? null;
  if (contentType !== 'text/event-stream') return { status: answer.status, contentType, text: await answer.text() };
  await answer.body?.cancel();
  return { status: answer.status, contentType, text: '' };
};

/** How a round of generated requests ended. */
export interface Tried {
  /** For each operation the statuses that it answered. */
  readonly statuses: ReadonlyMap<string, ReadonlySet<number>>;
  /** What was wrong with answers: 5xx, or not as documented. Each kind once, with the request. */
  readonly wrong: readonly string[];
}

/** How often an operation that chance has only seen refused is tried by itself. */
const TRIES_ALONE = 200;

/**
 * Sends `requests` generated requests, one after the other, and then more of each operation that has answered none with
 * success, until it does. The seed is printed, so that a round can be had again.
 * @param options.tolerates answers of 5xx that are right, because something outside of the service is away in the test
 */
export const tryDocument = async (
  origin: string,
  document: object,
  known: Known,
  options: { readonly requests: number; readonly seed?: number; readonly tolerates?: (answer: SeenAnswer) => boolean },
): Promise<Tried> => {
  const { requests, seed = Math.floor(Math.random() * 2 ** 31), tolerates = () => false } = options;
  process.stderr.write(`generated requests: seed ${String(seed)}\n`);
  const check = answerChecker(document as Json);
  const statuses = new Map<string, Set<number>>();
  const wrong = new Map<string, string>();
  const attempt = async (request: DocumentedRequest): Promise<number> => {
    const { operation, method, url, body = '' } = request;
    const answer = await send(origin, request);
    statuses.set(operation, (statuses.get(operation) ?? new Set()).add(answer.status));
    const found = answer.status >= 500 && !tolerates(answer) ? 'an error of ours' : check(operation, answer);
    const kind = `${operation} ${String(answer.status)}: ${found ?? ''}`;
    if (found !== null) wrong.set(kind, wrong.get(kind) ?? `${kind}\n  ${method} ${url} ${body}\n  ${answer.text}`);
    return answer.status;
  };
  const generated = documentedRequests(document as Json, known);
  for (const request of fc.sample(generated, { numRuns: requests, seed })) await attempt(request);
  for (const [operation, seen] of statuses) {
    if ([...seen].some((status) => status < 300)) continue;
    const alone = generated.filter((request) => request.operation === operation);
    for (const request of fc.sample(alone, { numRuns: TRIES_ALONE, seed })) if ((await attempt(request)) < 300) break;
  }
  return { statuses, wrong: [...wrong.values()] };
};
