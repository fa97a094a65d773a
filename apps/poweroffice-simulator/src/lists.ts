import type { Request, Response } from 'express';
import { toJson } from './json.js';
import { invalid, Problem } from './problem.js';

const MAX_PAGE = 20_000;
const DEFAULT_PAGE = 5_000;

const INT32_MAX = 2_147_483_647;

/** @throws Problem when it is given twice: it has one value */
export const param = (req: Request, name: string): string | null => {
  const found = Object.entries(req.query).filter(([key]) => key.toLowerCase() === name.toLowerCase());
  const [first, ...others] = found.map(([, value]) => value);
  if (others.length > 0 || (first !== undefined && typeof first !== 'string'))
    throw invalid(name, `The value of '${name}' is not valid.`);
  return first !== undefined && first.trim() !== '' ? first : null;
};

/** @throws Problem when it is neither `true` nor `false`, in any letter case */
export const flag = (req: Request, name: string): boolean | null => {
  const text = param(req, name)?.toLowerCase() ?? null;
  if (text !== null && text !== 'true' && text !== 'false') throw invalid(name, `The value '${text}' is not valid.`);
  return text === null ? null : text === 'true';
};

const whole = (req: Request, name: string, fallback: number): number => {
  const text = param(req, name);
  if (text === null) return fallback;
  const n = Number(text);
  if (!/^\d+$/.test(text) || n < 1 || n > INT32_MAX) throw invalid(name, `The value '${text}' is not valid.`);
  return n;
};

/** A comma list of numbers and ranges: `1, 100-200, 500-`. */
export const ranges = (text: string): ((n: number | bigint) => boolean) => {
  const parts = text.split(',').map((part) => {
    const [, from, dash, to] = /^\s*(\d+)\s*(-)?\s*(\d+)?\s*$/.exec(part) ?? [];
    if (from === undefined) throw invalid('employeeNos', `'${part}' is not a number or a range.`);
    return { from: BigInt(from), to: dash ? (to === undefined ? null : BigInt(to)) : BigInt(from) };
  });
  return (n) => parts.some(({ from, to }) => BigInt(n) >= from && (to === null || BigInt(n) <= to));
};

export const instant = (req: Request, name: string): number | null => {
  const text = param(req, name);
  if (text === null) return null;
  const iso = text.replace(
    /^(\d{4}-\d\d-\d\d) (\S+) ?([+-]\S+)?$/,
    (_, d: string, t: string, o?: string) => `${d}T${t}${o ?? ''}`,
  );
  const at = Date.parse(/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(iso) ? `${iso}Z` : iso);
  if (Number.isNaN(at)) throw invalid(name, `The value '${text}' is not valid.`);
  return at;
};

const order = <T extends object>(rows: T[], by: string | null): T[] => {
  if (by === null) return rows;
  const keys = by.split(',').map((part) => part.trim().split(/\s+/));
  return [...rows].sort((a, b) => {
    for (const [name = '', direction] of keys) {
      const [x, y] = [(a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]];
      if (x === y) continue;
      const sign = (x as string) > (y as string) ? 1 : -1;
      return direction === 'desc' ? -sign : sign;
    }
    return 0;
  });
};

export interface ListBehaviour {
  readonly pagination: boolean;
  readonly offsets: boolean;
}

/** A body whose stamps have their offset, or not. */
export const stampedBody = (value: unknown, { offsets }: Pick<ListBehaviour, 'offsets'>): string => {
  const json = toJson(value);
  return offsets ? json : json.replace(/("\w+DateTimeOffset":"[^"Z]+)Z"/g, '$1"');
};

/**
 * Answers a list: paged, with only the fields asked for; 204 without a body when there is none.
 * @param behaviour `pagination`: whether `X-Pagination` tells if there is a next page; `offsets`: whether stamps have one
 */
export const sendPage = (req: Request, res: Response, rows: object[], behaviour: ListBehaviour): void => {
  if (Object.keys(req.query).some((name) => name.startsWith('$')))
    throw invalid('$', 'Query options of OData are not supported.');
  flag(req, 'UseDatabaseValidation');
  const size = whole(req, 'PageSize', DEFAULT_PAGE);
  if (size > MAX_PAGE) throw new Problem(400, 'Bad Request', `PageSize can be at most ${String(MAX_PAGE)}.`);
  const page = whole(req, 'PageNumber', 1);
  const names = param(req, 'Fields')
    ?.split(',')
    .map((f) => f.trim().toLowerCase());
  const sorted = order(rows, param(req, 'OrderBy'));
  const part = sorted.slice((page - 1) * size, page * size);
  if (part.length === 0) {
    res.status(204).end();
    return;
  }
  const more = page * size < sorted.length;
  const next = `${req.baseUrl}${req.path}?PageNumber=${String(page + 1)}&PageSize=${String(size)}`;
  const pagination = { totalCount: sorted.length, pageSize: size, currentPage: page, nextPageLink: more ? next : null };
  if (behaviour.pagination) res.setHeader('X-Pagination', JSON.stringify(pagination));
  const chosen = names
    ? part.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name.toLowerCase()))))
    : part;
  res.status(200).type('application/json').send(stampedBody(chosen, behaviour));
};
