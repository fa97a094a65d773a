import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Document {
  paths: Record<string, Record<string, Operation | undefined>>;
  components: { schemas: Record<string, Schema> };
}
interface Schema {
  $ref?: string;
  properties?: Record<string, object>;
}
interface Operation {
  parameters?: { name: string; in: string; schema?: Schema }[];
  requestBody?: Content;
  responses: Record<string, Content>;
}
interface Content {
  content?: Record<string, { schema?: object }>;
}
interface Correction {
  reason: string;
  schema: string;
  property: string;
  be: object;
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../specs/${name}`, import.meta.url), 'utf8'));

export interface Specification {
  check(method: string, path: string, status: number, body: unknown): string[];
  checkRequest(method: string, path: string, body: unknown): string[];
  /** Names in the query that the document does not have. */
  undeclared(method: string, path: string): string[];
}

/** PowerOffice's own document with our corrections, as a check of requests and answers. */
export const specification = (): Specification => {
  const document = read('poweroffice-go-v2.openapi.json') as Document;
  for (const { schema, property, be } of read('poweroffice-go-v2.overlay.json') as Correction[]) {
    const properties = document.components.schemas[schema]?.properties;
    if (!properties?.[property])
      throw new Error(`The overlay names ${schema}.${property}, which the document does not have`);
    properties[property] = be;
  }
  return checksOf(document);
};

/** The document of the token endpoint. It is written for OpenAPI 3.0, where `nullable` says what `null` as a type does now. */
export const tokenSpecification = (): Specification => checksOf(read('poweroffice-go-token.openapi.json') as Document);

/** A 64-bit integer or a UUID. */
const isId = /^(?:\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

const checksOf = (document: Document): Specification => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  // The document's own example of a time has a blank where ISO 8601 has a T.
  ajv.addFormat('date-time', (text: string) => !Number.isNaN(Date.parse(text)));
  ajv.addSchema(document, 'api');

  const operation = (method: string, path: string): { template: string; found: Operation } => {
    const wanted = path.split('?')[0]?.split('/') ?? [];
    const fits = (template: string): boolean => {
      const parts = template.split('/');
      return (
        parts.length === wanted.length &&
        parts.every((p, i) => (p.startsWith('{') ? isId.test(wanted[i] ?? '') : p === wanted[i]))
      );
    };
    const template = Object.keys(document.paths).find(fits);
    const found = template && document.paths[template]?.[method.toLowerCase()];
    if (!template || !found) throw new Error(`${method} ${path} is not in the document`);
    return { template, found };
  };
  const pointer = (...parts: string[]): string =>
    parts.map((p) => encodeURIComponent(p.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const run = (reference: string, body: unknown): string[] => {
    const validate = ajv.compile({ $ref: `api#/${reference}` });
    return validate(body) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${String(e.message)}`);
  };
  return {
    check: (method, path, status, body) => {
      const { template, found } = operation(method, path);
      const declared = found.responses[String(status)];
      if (!declared) return [`${method} ${path} does not declare ${String(status)}`];
      const type = Object.keys(declared.content ?? {})[0];
      if (type === undefined || body === undefined) return [];
      return run(
        pointer('paths', template, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'),
        body,
      );
    },
    undeclared: (method, path) => {
      const { found } = operation(method, path);
      // A parameter that is an object is sent as its members; their letter case does not count.
      const names = (found.parameters ?? []).flatMap(({ name, schema }) => {
        const resolved = document.components.schemas[schema?.$ref?.split('/').at(-1) ?? ''] ?? schema;
        return resolved?.properties ? Object.keys(resolved.properties) : [name];
      });
      const declared = new Set(names.map((name) => name.toLowerCase()));
      const sent = [...new URL(path, 'http://poweroffice.test').searchParams.keys()];
      return sent.filter((name) => !declared.has(name.toLowerCase()));
    },
    checkRequest: (method, path, body) => {
      const { template, found } = operation(method, path);
      const type = Object.keys(found.requestBody?.content ?? {})[0];
      if (type === undefined) return [`${method} ${path} declares no body`];
      return run(pointer('paths', template, method.toLowerCase(), 'requestBody', 'content', type, 'schema'), body);
    },
  };
};
