import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import type { Request } from 'express';
import { HumaError } from './huma-error.js';
import type { Group, User } from './model.js';

type Json = Readonly<Record<string, unknown>>;

const LONGEST_LIST = 25;
const LONGEST_TEXT = 255;

const invalid = (...fields: string[]): HumaError =>
  new HumaError(400, 'field:invalid-format', 'Invalid field format', fields);

const many = (req: Request, name: string): string[] => {
  const given = req.query[name];
  const values = given === undefined ? [] : ([given].flat() as unknown[]).map(String);
  if (values.length > LONGEST_LIST) throw invalid(name);
  return values;
};

/** A number of the query, between 0 and a maximum. */
export const whole = (req: Request, name: string, fallback: number, max: number): number => {
  const n = Number(req.query[name] ?? fallback);
  if (!Number.isInteger(n) || n < 0 || n > max) throw invalid(name);
  return n;
};

const holds = (text: string, search: string): boolean => text.toLowerCase().includes(search.toLowerCase());

const oneOf = (req: Request, name: string, allowed: readonly string[]): void => {
  const given = req.query[name];
  if (given !== undefined && !(typeof given === 'string' && allowed.includes(given))) throw invalid(name);
};

/** Whom a list of users is asked for. A deleted user is never among them. */
export const userFilter = (req: Request): ((user: User) => boolean) => {
  const [ids, excluded] = [many(req, 'id'), many(req, 'excludeId')];
  const [companies, locations, teams] = [many(req, 'company'), many(req, 'location'), many(req, 'team')];
  oneOf(req, 'orderDirection', ['ASC', 'DESC']);
  const search = String(req.query['search'] ?? '');
  const isActive = req.query['isActive'];
  if (isActive !== undefined && isActive !== 'true' && isActive !== 'false') throw invalid('isActive');
  const inOneOf = (wanted: string[], groups: string[]): boolean =>
    wanted.length === 0 || wanted.some((id) => groups.includes(id));
  return ({ id, profile: p }) =>
    p !== null &&
    (ids.length === 0 || ids.includes(id)) &&
    !excluded.includes(id) &&
    (isActive === undefined || p.active === (isActive === 'true')) &&
    [p.givenName, p.familyName, p.email, `${p.givenName} ${p.familyName}`].some((text) => holds(text, search)) &&
    inOneOf(companies, p.companies) &&
    inOneOf(locations, p.locations) &&
    inOneOf(teams, p.teams);
};

/** Which groups of an organisation are asked for. */
export const groupFilter = (req: Request, organizationId: string): ((group: Group) => boolean) => {
  const types = many(req, 'type');
  oneOf(req, 'orderDirection', ['ASC', 'DESC']);
  const search = String(req.query['search'] ?? '');
  if (types.some((type) => !['company', 'location', 'team'].includes(type))) throw invalid('type');
  return (group) =>
    group.organizationId === organizationId &&
    (types.length === 0 || types.includes(group.type)) &&
    holds(group.name, search);
};

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST_TEXT;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const hasTexts = (value: unknown, ...names: string[]): boolean =>
  isObject(value) && names.every((name) => isText(value[name]));
const hasOnly = (value: unknown, ...names: string[]): boolean =>
  isObject(value) && Object.keys(value).every((name) => names.includes(name));
const isCountry = (value: unknown): boolean => isText(value) && value.length <= 2;
const isLongText = (value: unknown): boolean => typeof value === 'string' && value.length <= 2040;
const isAnyText = (value: unknown): boolean => typeof value === 'string';
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isInt32 = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2_147_483_647;
const isUuid = (value: unknown): boolean => isText(value) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
const isDate = (value: unknown): boolean =>
  isText(value) && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));

const isAccount = (value: unknown): boolean => {
  const type = isObject(value) && isText(value['type']) ? value['type'].toLowerCase() : '';
  if (type === 'national')
    return (
      hasTexts(value, 'country', 'number') &&
      isCountry((value as Json)['country']) &&
      hasOnly(value, 'type', 'country', 'number')
    );
  return type === 'international' && hasTexts(value, 'iban', 'bic') && hasOnly(value, 'type', 'iban', 'bic');
};

const addressParts = ['line1', 'line2', 'line3', 'postalCode', 'city', 'country'];
const isAddress = (value: unknown): boolean =>
  hasTexts(value, ...addressParts) && hasOnly(value, ...addressParts) && isCountry((value as Json)['country']);

/** What of a profile the API lets somebody write, and how a value must be; there is no way to take one away. */
const writable: Readonly<Partial<Record<keyof HumaUserMessage, (value: unknown) => boolean>>> = {
  givenName: isText,
  familyName: isText,
  email: isText,
  phone: isText,
  birthDate: isDate,
  gender: isText,
  employmentId: isText,
  homeAddress: isAddress,
  bankAccount: isAccount,
};

/** What else the document lets somebody write: checked, and not kept. */
const alsoWritable: Readonly<Record<string, (value: unknown) => boolean>> = {
  preferredName: isText,
  nationality: isCountry,
  civilStatus: (value) => value === 'Married' || value === 'Relationship' || value === 'Single',
  dietaryRequirements: isLongText,
  interests: (value) => Array.isArray(value) && value.length <= 50,
  funfacts: isLongText,
  supervisor: isUuid,
  relevantExperienceInMonths: isInt32,
  relevantExperienceInYears: isInt32,
  seniorityNote: isAnyText,
  excludeFromInsights: isBoolean,
  excludeFromSurveys: isBoolean,
  privateEmail: isText,
  custom: isObject,
};

/** The part of a request to change a user that this simulator keeps. @throws HumaError that names every wrong field */
export const readChange = (body: unknown): Partial<HumaUserMessage> => {
  if (!isObject(body)) throw invalid();
  const given = Object.entries(body);
  const checks = new Map(Object.entries({ ...alsoWritable, ...writable }));
  const wrong = given.filter(([name, value]) => !(checks.get(name)?.(value) ?? false));
  if (wrong.length > 0) throw invalid(...wrong.map(([name]) => name));
  return Object.fromEntries(given.filter(([name]) => Object.hasOwn(writable, name)));
};

/** A new user, and the groups to be put in. @throws HumaError that names every field that is missing or wrong */
export const readNewUser = (
  body: unknown,
): Pick<HumaUserMessage, 'givenName' | 'familyName' | 'email'> & { phone?: string; groups: string[] } => {
  if (!isObject(body)) throw invalid();
  const { givenName, familyName, email, phone, groups } = body;
  const texts = { givenName, familyName, email };
  const wrong = Object.entries(texts).flatMap(([name, value]) => (isText(value) && value !== '' ? [] : [name]));
  if (phone !== undefined && !isText(phone)) wrong.push('phone');
  if (!Array.isArray(groups) || groups.length === 0 || !groups.every(isText)) wrong.push('groups');
  if (wrong.length > 0) throw invalid(...wrong);
  return {
    ...(texts as Pick<HumaUserMessage, 'givenName' | 'familyName' | 'email'>),
    ...(phone ? { phone: String(phone) } : {}),
    groups: groups as string[],
  };
};
