import { isInt64, type Int64 } from './int64.js';
import type { SubLedgerNumberSeries } from './model.js';

/** A range of employee numbers, both ends included. */
export interface NumberSeries {
  readonly from: Int64;
  readonly to: Int64;
}

/** A number that an employee can have in PowerOffice, or why a text is none. */
export type EmployeeNumber =
  | { readonly ok: true; readonly number: Int64 }
  | {
      readonly ok: false;
      readonly reason: 'empty' | 'not-a-number' | 'leading-zeros' | 'too-big' | 'outside-series' | 'taken';
    };

/** The series from which employees are numbered; those of customers and suppliers do not count. */
export const employeeSeries = (all: readonly SubLedgerNumberSeries[]): NumberSeries[] =>
  all.filter(({ type }) => type === 'Employee').map(({ from, to }) => ({ from, to }));

const within = (number: bigint, { from, to }: NumberSeries): boolean => number >= BigInt(from) && number <= BigInt(to);

/**
 * An employment ID as PowerOffice's employee number, or why it cannot be one: it must read back the same (so no leading
 * zeros, letters, signs or inner spaces), be a 64-bit integer, and lie in one of the client's series of employees.
 * @param series null when they are not known: then only PowerOffice can say
 * @param isTaken whether another employee of the client has the number; left out where that is not known
 */
export const toEmployeeNumber = (
  text: string | null | undefined,
  series: readonly NumberSeries[] | null,
  isTaken: (number: Int64) => boolean = () => false,
): EmployeeNumber => {
  const number = (text ?? '').trim();
  if (number === '') return { ok: false, reason: 'empty' };
  if (!/^\d+$/.test(number)) return { ok: false, reason: 'not-a-number' };
  if (/^0\d/.test(number)) return { ok: false, reason: 'leading-zeros' };
  if (!isInt64(number)) return { ok: false, reason: 'too-big' };
  const inSeries = series === null || series.some((range) => within(BigInt(number), range));
  if (!inSeries) return { ok: false, reason: 'outside-series' };
  return isTaken(number) ? { ok: false, reason: 'taken' } : { ok: true, number };
};
