import { isUuid } from '@huma-poweroffice/platform/service';
import { status } from '@grpc/grpc-js';
import type { PermitClass } from '../budget/permit-queue.js';
import { GrpcProblem } from './grpc-problem.js';

const wrong = (field: string): GrpcProblem => new GrpcProblem(status.INVALID_ARGUMENT, `${field}-not-right`);

/** @throws GrpcProblem INVALID_ARGUMENT, as the other functions here */
export const readId = (value: string, field: string): string => {
  if (!isUuid(value)) throw wrong(field);
  return value.toLowerCase();
};

/** Reads an optional id; empty if the caller left it out. */
export const readOptionalId = (value: string, field: string): string => (value === '' ? '' : readId(value, field));

/** Control characters and lone surrogates, which PostgreSQL cannot store in a text. */
const unusable = /[\p{Cc}\p{Cs}]/u;

export const readText = (value: string, field: string): string => {
  if (value === '' || value.length > 200 || unusable.test(value)) throw wrong(field);
  return value;
};

/** Reads an optional text; empty if the caller left it out. */
export const readOptionalText = (value: string, field: string): string => (value === '' ? '' : readText(value, field));

const classes: Readonly<Record<string, PermitClass>> = {
  PERMIT_CLASS_PERSON: 'person',
  PERMIT_CLASS_LIVE: 'live',
  PERMIT_CLASS_RUN: 'run',
  PERMIT_CLASS_BACKGROUND: 'background',
};

export const readClass = (value: string): PermitClass => {
  const found = classes[value];
  if (!found) throw wrong('class');
  return found;
};

export const readKind = (value: string): 'key' | 'privilege' => {
  if (value !== 'key' && value !== 'privilege') throw wrong('kind');
  return value;
};
