import { parse, stringify } from 'lossless-json';
import { isInt64 } from '../int64.js';
import { isTooDeep } from '../json-depth.js';

/** The 64-bit integers among the names of PowerOffice's bodies and JSON Patch paths that are written here. */
const int64Names: ReadonlySet<string> = new Set([
  'Number',
  'ExternalNumber',
  'DepartmentId',
  'LocationId',
  'ManagerEmployeeId',
  'SalaryBankAccountId',
  'ExpenseBankAccountId',
  'TravelExpenseBankAccountId',
]);

const isNumber = (name: string | undefined, value: unknown): value is string =>
  name !== undefined && int64Names.has(name) && typeof value === 'string' && isInt64(value);

const exact = (text: string): number | bigint => {
  const number = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
};

/**
 * Reads JSON without losing a digit: an integer that a number cannot hold becomes a bigint. Texts without a run of
 * sixteen digits cannot hold one, and take the fast way. A byte order mark is skipped.
 * @throws SyntaxError also where it is nested deeper than any answer
 */
export const parseJson = (text: string): unknown => {
  const json = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (isTooDeep(json)) throw new SyntaxError('nested too deep');
  return /\d{16}/.test(json) ? parse(json, undefined, exact) : JSON.parse(json);
};

/** Writes a body; its 64-bit integers, carried as digits, go out as JSON numbers. */
export const bodyJson = (body: object): string =>
  write(Object.fromEntries(Object.entries(body).map(([name, value]) => [name, toNumber(name, value)])));

/** Writes a JSON Patch document; values of paths that end in the name of a 64-bit integer go out as JSON numbers. */
export const patchJson = (operations: readonly { readonly path: string; readonly value?: unknown }[]): string =>
  write(
    operations.map((operation) =>
      'value' in operation
        ? { ...operation, value: toNumber(operation.path.split('/').at(-1), operation.value) }
        : operation,
    ),
  );

const toNumber = (name: string | undefined, value: unknown): unknown => (isNumber(name, value) ? BigInt(value) : value);

const write = (value: unknown): string => stringify(value) ?? 'null';
