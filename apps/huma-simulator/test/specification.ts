import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { load } from 'js-yaml';

interface Content {
  content?: Record<string, { schema?: object }>;
}
interface Parameter {
  name: string;
  in: string;
  schema: { type: string };
}
interface Operation {
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content>;
}
interface Document {
  paths: Record<string, Record<string, Operation | undefined>>;
}
interface Correction {
  reason: string;
  at: string;
  be: unknown;
}

const read = (name: string): string => readFileSync(new URL(`../specs/${name}`, import.meta.url), 'utf8');

const correct = (document: object, { at, be }: Correction): void => {
  const names = at.split('/').slice(1);
  const last = names.pop() ?? '';
  const place = names.reduce<Record<string, unknown>>(
    (node, name) => (node[name] ?? {}) as Record<string, unknown>,
    document as Record<string, unknown>,
  );
  if (place[last] === undefined) throw new Error(`The overlay names ${at}, which the document does not have`);
  place[last] = be;
};

const pointer = (...parts: string[]): string =>
  parts.map((p) => encodeURIComponent(p.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');

/** Huma's own document with our corrections, as a check of requests and answers; each answers what is wrong. */
export const specification = (): {
  check(method: string, path: string, status: number, body: unknown): string[];
  checkRequest(method: string, path: string, body: unknown): string[];
} => {
  const document = load(read('huma-1.53.2.openapi.yaml')) as Document;
  for (const correction of JSON.parse(read('huma-1.53.2.overlay.json')) as Correction[]) correct(document, correction);
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'api');

  const operation = (method: string, path: string): { found: Operation; at: string[] } => {
    const wanted = path.split('?')[0]?.split('/') ?? [];
    const fits = (template: string): boolean => {
      const parts = template.split('/');
      return parts.length === wanted.length && parts.every((p, i) => p.startsWith('{') || p === wanted[i]);
    };
    const template = Object.keys(document.paths).find(fits);
    const found = template && document.paths[template]?.[method.toLowerCase()];
    if (!template || !found) throw new Error(`${method} ${path} is not in the document`);
    return { found, at: ['paths', template, method.toLowerCase()] };
  };
  const run = (at: string[], body: unknown): string[] => {
    const validate = ajv.compile({ $ref: `api#/${pointer(...at)}` });
    return validate(body) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${String(e.message)}`);
  };
  return {
    check: (method, path, status, body) => {
      const { found, at } = operation(method, path);
      const declared = found.responses[String(status)];
      if (!declared) return [`${method} ${path} does not declare ${String(status)}`];
      const type = Object.keys(declared.content ?? {})[0];
      return type === undefined ? [] : run([...at, 'responses', String(status), 'content', type, 'schema'], body);
    },
    checkRequest: (method, path, body) => {
      const { found, at } = operation(method, path);
      const named = new Set((found.parameters ?? []).filter((p) => p.in === 'query').map((p) => p.name));
      const unknown = [...new URLSearchParams(path.split('?')[1] ?? '').keys()].filter((name) => !named.has(name));
      const mistakes = unknown.map((name) => `${method} ${path} declares no parameter ${name}`);
      if (body === undefined) return mistakes;
      if (!found.requestBody?.content?.['application/json']) return [...mistakes, `${method} ${path} declares no body`];
      return [...mistakes, ...run([...at, 'requestBody', 'content', 'application/json', 'schema'], body)];
    },
  };
};
