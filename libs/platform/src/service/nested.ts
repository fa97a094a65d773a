import { applyDecorators, type Type as Class } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsObject, ValidateIf, ValidateNested } from 'class-validator';

// `@ValidateNested()` alone takes a value that is missing, and a list for an object.

/** A property that is an object of that class, and must be there (or be null, where that is said to mean something). */
export const Nested = (type: () => Class, { nullable = false } = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type, nullable }),
    ...(nullable ? [ValidateIf((_, value) => value !== null)] : []),
    IsObject(),
    ValidateNested(),
    Type(type),
  );

/** A property that is a list of objects of that class, and must be there. */
export const NestedList = (type: () => Class, most: number): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type, isArray: true, maxItems: most }),
    IsArray(),
    ArrayMaxSize(most),
    ValidateNested({ each: true }),
    Type(type),
  );
