import { toPerson, type Person } from '../person.js';
import { cleanText } from '../text.js';
import type { HumaAddress, HumaBankAccount, HumaIdentification } from '../user.js';
import { flag, list, object, requiredText, ShapeError, text, type Json } from './shape.js';

/** A user as the Open API shows one by id. */
export interface UserDetails {
  readonly id: string;
  readonly person: Person;
}

/** A user as the Open API lists them: without what is private. */
export interface UserSummary {
  readonly id: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  readonly phone: string | null;
  readonly companies: readonly string[];
  readonly locations: readonly string[];
  readonly teams: readonly string[];
  readonly active: boolean;
}

/** A company, location or team; other types may come. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

/** A page of a list. What could not be read is named: it is never left out in silence. */
export interface Page<T> {
  /** Each thing once, also where the page shows it twice. */
  readonly items: readonly T[];
  /** Things that are there, although what they are cannot be read. */
  readonly unreadable: readonly { readonly id: string; readonly field: string }[];
  /** A row was there of which not even the id could be read. */
  readonly incomplete: boolean;
  /** How many there are on all pages; null when Huma does not say. */
  readonly total: number | null;
}

/** Most values of a user come wrapped: `{value, editable, …}`. */
const value = (from: Json, name: string): unknown => {
  const wrapped = from[name] ?? null;
  return wrapped === null ? null : (object(wrapped, name)['value'] ?? null);
};

const ids = (members: unknown, name: string): string[] =>
  list(members, name, (group) => requiredText(group['id'], `${name}.id`));

const active = (user: Json): boolean => flag(object(user['status'], 'status')['active'], 'status.active');

const texts = <Name extends string>(from: Json, names: readonly Name[]): Record<Name, string | null> =>
  Object.fromEntries(names.map((name) => [name, text(from[name], name)])) as Record<Name, string | null>;

const readAddress = (from: unknown): HumaAddress | null =>
  from === null
    ? null
    : texts(object(from, 'homeAddress'), ['line1', 'line2', 'line3', 'postalCode', 'city', 'country']);

const readBankAccount = (from: unknown): HumaBankAccount | null => {
  if (from === null) return null;
  const account = object(from, 'bankAccount');
  return { type: requiredText(account['type'], 'type'), ...texts(account, ['country', 'number', 'iban', 'bic']) };
};

const readIdentification = (from: Json): HumaIdentification => ({
  id: requiredText(from['id'], 'identifications.id'),
  type: requiredText(from['type'], 'identifications.type'),
  country: text(from['country'], 'identifications.country'),
  value: requiredText(from['value'], 'identifications.value'),
});

/** @throws ShapeError */
export const readUserDetails = (json: unknown): UserDetails => {
  const user = object(json, 'user');
  const optional = (name: string): string | null => text(value(user, name), name);
  const required = (name: string): string => requiredText(value(user, name), name);
  return {
    id: requiredText(user['id'], 'id'),
    person: toPerson({
      givenName: required('givenName'),
      familyName: required('familyName'),
      email: required('email'),
      phone: optional('phone'),
      birthDate: optional('birthDate'),
      gender: optional('gender'),
      homeAddress: readAddress(value(user, 'homeAddress')),
      bankAccount: readBankAccount(value(user, 'bankAccount')),
      employmentId: optional('employmentId'),
      identifications: list(value(user, 'identifications'), 'identifications', readIdentification),
      companies: ids(value(user, 'companies'), 'companies'),
      locations: ids(value(user, 'locations'), 'locations'),
      teams: ids(value(user, 'teams'), 'teams'),
      active: active(user),
    }),
  };
};

const requiredClean = (from: unknown, name: string): string => cleanText(requiredText(from, name)) ?? '';

/** @throws ShapeError */
export const readUserSummary = (user: Json): UserSummary => ({
  id: requiredText(user['id'], 'id'),
  givenName: requiredClean(user['givenName'], 'givenName'),
  familyName: requiredClean(user['familyName'], 'familyName'),
  email: requiredClean(user['email'], 'email'),
  phone: cleanText(text(user['phone'], 'phone')),
  companies: ids(user['companies'], 'companies'),
  locations: ids(user['locations'], 'locations'),
  teams: ids(user['teams'], 'teams'),
  active: active(user),
});

/** @throws ShapeError */
export const readGroup = (group: Json): Group => ({
  id: requiredText(group['id'], 'id'),
  name: requiredClean(group['name'], 'name'),
  type: requiredText(group['type'], 'type'),
});

/**
 * Reads a page of a list. One row that was not asked for spoils the whole answer.
 * @param read one row; throws MisfitError when it was not asked for
 * @throws ShapeError, MisfitError
 */
export const readPage =
  <T extends { readonly id: string }>(read: (item: Json) => T) =>
  (json: unknown): Page<T> => {
    const page = object(json, 'page');
    const rows = page['items'];
    if (!Array.isArray(rows)) throw new ShapeError('items');
    const total = page['total'] ?? null;
    if (total !== null && typeof total !== 'number') throw new ShapeError('total');
    const items = new Map<string, T>();
    const unreadable = new Map<string, { readonly id: string; readonly field: string }>();
    let incomplete = false;
    for (const row of rows as unknown[]) {
      try {
        const item = read(object(row, 'item'));
        items.set(item.id, item);
      } catch (error) {
        if (!(error instanceof ShapeError)) throw error;
        const id = (row as { readonly id?: unknown } | null)?.id;
        if (typeof id === 'string') unreadable.set(id, { id, field: error.field });
        else incomplete = true;
      }
    }
    for (const id of unreadable.keys()) items.delete(id);
    return { items: [...items.values()], unreadable: [...unreadable.values()], incomplete, total };
  };
