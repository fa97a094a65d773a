import { applyDecorators, type Type as Class } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsObject, ValidateIf, ValidateNested } from 'class-validator';

// `@ValidateNested()` alone takes a value that is missing, and a list for an object.

/** Whether a property may also be null or absent, and what the OpenAPI document says about it. */
export interface NestedOptions {
  readonly nullable?: boolean;
  readonly optional?: boolean;
  readonly description?: string;
}

/** A property that is an object of that class. It must be there unless `optional` is set; null only counts with `nullable`. */
export const Nested = (
  type: () => Class,
  { nullable = false, optional = false, description }: NestedOptions = {},
): PropertyDecorator =>
  applyDecorators(
    // @nestjs/swagger recognises a lazy type by the name of the function, so it must be a function called `type`.
    ApiProperty({
      type: () => type(),
      nullable,
      required: !optional,
      ...(description === undefined ? {} : { description }),
    }),
    ValidateIf((_, value) => !(nullable && value === null) && !(optional && value === undefined)),
    IsObject(),
    ValidateNested(),
    Type(type),
  );

/** A property that is a list of objects of that class, and must be there. */
export const NestedList = (type: () => Class, most: number): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: () => type(), isArray: true, maxItems: most }),
    IsArray(),
    ArrayMaxSize(most),
    ValidateNested({ each: true }),
    Type(type),
  );
