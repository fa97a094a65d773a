import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, isEmail, Max, Min, ValidateBy, ValidateIf } from 'class-validator';
import { isCleanText, UNCLEAN_CHARACTERS } from '../clean-text.js';
import { isUuid } from './uuid-param.js';

/** What a field may also be, and what the OpenAPI document says about it. */
export interface FieldOptions {
  /** The field may be absent. Null is a mistake all the same, unless `nullable` says otherwise. */
  readonly optional?: boolean;
  readonly nullable?: boolean;
  readonly description?: string;
  readonly example?: unknown;
  readonly writeOnly?: boolean;
}

export interface TextOptions extends FieldOptions {
  /** In characters; 1 if absent. */
  readonly min?: number;
  /** In characters. */
  readonly max: number;
  /** The whole text must match it. */
  readonly pattern?: RegExp;
  /** What is said about a text that does not match; never the text itself. */
  readonly message?: string;
}

/** {@link isCleanText} as JSON Schema says it, where expressions have the flag `u`. */
const CLEAN_TEXT_PATTERN = `^[^${UNCLEAN_CHARACTERS}]*$`;

/** Shared by all fields: presence, null, and the members that the document takes over. */
const field = (options: FieldOptions, schema: object): PropertyDecorator => {
  const { optional = false, nullable = false, description, example, writeOnly } = options;
  const said = Object.entries({ description, example, writeOnly }).filter(([, value]) => value !== undefined);
  return applyDecorators(
    ValidateIf((_, value) => !(optional && value === undefined) && !(nullable && value === null)),
    ApiProperty({ ...schema, ...Object.fromEntries(said), required: !optional, ...(nullable ? { nullable } : {}) }),
  );
};

const normalised = (value: unknown): unknown => (typeof value === 'string' ? value.normalize('NFC').trim() : value);
const eachNormalised = (value: unknown): unknown => (Array.isArray(value) ? value.map(normalised) : value);

/** The first thing that is wrong with a text; null when it is right. */
const mistakeOf = (value: unknown, { min = 1, max, pattern, message }: TextOptions): string | null => {
  if (typeof value !== 'string') return 'must be a text';
  const length = [...value].length;
  if (length < min || length > max) return message ?? `must have ${String(min)} to ${String(max)} characters`;
  if (!isCleanText(value)) return 'must not contain control characters or invisible characters';
  return pattern === undefined || pattern.test(value) ? null : (message ?? 'has another form');
};

/**
 * A free text of a body or a query: well-formed Unicode without control characters, bidirectional controls and other
 * invisible characters. The handler gets it in NFC, without white space around it; lengths count after that.
 */
export const IsText = (options: TextOptions): PropertyDecorator => {
  const { min = 1, max, pattern } = options;
  const schema = { type: String, minLength: min, maxLength: max, pattern: pattern?.source ?? CLEAN_TEXT_PATTERN };
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => normalised(value)),
    ValidateBy({
      name: 'isText',
      validator: {
        validate: (value: unknown) => mistakeOf(value, options) === null,
        defaultMessage: ({ property, value } = {} as never) => `${property} ${mistakeOf(value, options) ?? ''}`,
      },
    }),
    field(options, schema),
  );
};

/** The longest address that can be written into an envelope (RFC 5321, 4.5.3.1.3, without the angle brackets). */
const LONGEST_EMAIL = 254;

// `isEmail` measures a text by `encodeURI`, which throws on a lone surrogate: what is not clean never gets there.
const isEmailAddress = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= LONGEST_EMAIL && isCleanText(value) && isEmail(value);

/** A list of email addresses. */
export const IsEmailList = (options: FieldOptions & { readonly most: number }): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => eachNormalised(value)),
    IsArray(),
    ArrayMaxSize(options.most),
    ValidateBy(
      {
        name: 'isEmailAddress',
        validator: {
          validate: isEmailAddress,
          defaultMessage: ({ property = 'it' } = {} as never) => `each value in ${property} must be an email address`,
        },
      },
      { each: true },
    ),
    field(options, {
      type: 'array',
      maxItems: options.most,
      items: { type: 'string', format: 'email', minLength: 3, maxLength: LONGEST_EMAIL },
    }),
  );

/** An id: a UUID of any version. The handler gets it in lower case. */
export const IsId = (options: FieldOptions = {}): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value)),
    ValidateBy({
      name: 'isId',
      validator: {
        validate: isUuid,
        defaultMessage: ({ property = 'it' } = {} as never) => `${property} must be a UUID`,
      },
    }),
    field(options, { type: String, format: 'uuid' }),
  );

/**
 * A whole number of a query, written in decimal digits: `1e2`, `0x10` and `+7` are mistakes.
 * @param range.fallback what an absent parameter means; give the property the same default
 */
export const IsQueryInteger = (
  range: { readonly min: number; readonly max: number; readonly fallback?: number } & FieldOptions,
): PropertyDecorator => {
  const { min, max, fallback, ...options } = range;
  const schema = {
    type: 'integer',
    minimum: min,
    maximum: max,
    ...(fallback === undefined ? {} : { default: fallback }),
  };
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
    ),
    IsInt(),
    Min(min),
    Max(max),
    field({ optional: true, ...options }, schema),
  );
};
