import type { Request, Response } from 'express';
import { toJson } from './json.js';
import { invalid, Problem } from './problem.js';

const MAX_PAGE = 20_000;
const DEFAULT_PAGE = 5_000;

export const param = (req: Request, name: string): string | null => {
  const found = Object.entries(req.query).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  return typeof found === 'string' && found !== '' ? found : null;
};

const whole = (req: Request, name: string, fallback: number): number => {
  const text = param(req, name);
  if (text === null) return fallback;
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw invalid(name, `The value '${text}' is not valid.`);
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
  const at = Date.parse(
    text.replace(
      /^(\d{4}-\d\d-\d\d) (\S+) ?([+-]\S+)?$/,
      (_, d: string, t: string, o?: string) => `${d}T${t}${o ?? ''}`,
    ),
  );
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

/** Answers a list: paged, with only the fields asked for; 204 without a body when there is none. */
export const sendPage = (req: Request, res: Response, rows: object[]): void => {
  if (Object.keys(req.query).some((name) => name.startsWith('$')))
    throw invalid('$', 'Query options of OData are not supported.');
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
  res.setHeader(
    'X-Pagination',
    JSON.stringify({ totalCount: sorted.length, pageSize: size, currentPage: page, nextPageLink: more ? next : null }),
  );
  const chosen = names
    ? part.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name.toLowerCase()))))
    : part;
  res.status(200).type('application/json').send(toJson(chosen));
};
