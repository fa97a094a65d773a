import { canonicalUuid, storableText } from './clean.js';

/** The part of JSON Schema that the contract's schemas use, and one word of ours. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  /** What an enum's value is taken for that this version of the product does not know. */
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  /** Entries of the array with an enum's value that this version of the product does not know are dropped. */
  readonly 'x-drop-unknown'?: boolean;
}

type Entry = Readonly<Record<string, unknown>>;

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value that belongs to an enum and is not one of its members; of another type, it is simply wrong. */
const isUnknownMember = (schema: Schema | undefined, value: unknown): boolean =>
  typeof value === 'string' && schema?.enum !== undefined && !schema.enum.includes(value);

const isOfTheFuture = (schema: Schema, entry: unknown): boolean =>
  isUnknownMember(schema, entry) ||
  (isEntry(entry) &&
    Object.entries(schema.properties ?? {}).some(
      ([name, part]) => part.default === undefined && isUnknownMember(part, entry[name]),
    ));

/**
 * A value without what only a later version of the contract knows, where the schema says how to do without it: a new
 * field in `abilities` must not make a whole connection unreadable to a service that was deployed last week.
 */
export const withoutUnknown = (schema: Schema, value: unknown): unknown => {
  if (schema.default !== undefined && isUnknownMember(schema, value)) return schema.default;
  const { items, properties } = schema;
  if (Array.isArray(value)) {
    if (!items) return value;
    const known: unknown[] = schema['x-drop-unknown'] ? value.filter((entry) => !isOfTheFuture(items, entry)) : value;
    return known.map((entry) => withoutUnknown(items, entry));
  }
  if (!isEntry(value) || !properties) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, own ? withoutUnknown(own, part) : part];
    }),
  );
};

const projectText = ({ format }: Schema, text: string): string => {
  if (format === 'uuid') return canonicalUuid(text) ?? text;
  return format === 'date-time' ? new Date(text).toISOString() : storableText(text);
};

/**
 * What the schema names of a value that fits it, as it may be stored: texts are clean, ids canonical (each once in a
 * list), moments in UTC. Members that the schema does not name are left out: nobody reads them, and they may have any size and depth.
 */
export const project = (schema: Schema, value: unknown): unknown => {
  if (typeof value === 'string') return projectText(schema, value);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return [];
    const entries = value.map((entry) => project(items, entry));
    return items.format === 'uuid' ? [...new Set(entries)] : entries;
  }
  if (!isEntry(value)) return value;
  const { properties, additionalProperties } = schema;
  const kept: Record<string, unknown> = {};
  if (properties)
    for (const name in properties) {
      const own = properties[name];
      if (own && Object.hasOwn(value, name)) kept[name] = project(own, value[name]);
    }
  else if (additionalProperties)
    for (const [name, part] of Object.entries(value)) kept[storableText(name)] = project(additionalProperties, part);
  return kept;
};
