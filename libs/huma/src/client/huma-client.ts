import { normalizeEmail } from '../email.js';
import { classifyHuma, type HumaFailure, type HumaReadOutcome, type HumaWriteOutcome } from '../failure.js';
import type { UserDetailsInput, UserInput } from '../write-model.js';
import { readOutcome, writeOutcome } from './answer.js';
import {
  readGroup,
  readPage,
  readUserDetails,
  readUserSummary,
  type Group,
  type Page,
  type UserDetails,
  type UserSummary,
} from './read-model.js';
import { MisfitError, object, requiredText, ShapeError, type Json } from './shape.js';
import { send, type SendOptions, type Sent } from './transport.js';

/** Where Huma's Open API is, and who asks. */
export interface HumaClientOptions {
  /** Without a slash at its end: `https://openapi.humahr.com`. */
  readonly baseUrl: string;
  /** `https://openapi.humahr.com/auth/oauth/token` */
  readonly tokenUrl: string;
  readonly userAgent?: string;
}

/** What a request needs beside its content. */
export interface HumaCall extends SendOptions {
  readonly token: string;
  readonly traceparent?: string | undefined;
  /** Comes back as `origin.correlationId` of the event that a write causes. */
  readonly correlationId?: string | undefined;
}

/** Client credentials of one organisation. */
export interface HumaCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What became of a request for a token. */
export type HumaTokenOutcome =
  | {
      readonly outcome: 'granted';
      readonly accessToken: string;
      readonly expiresInSeconds: number;
      readonly organizationId: string | null;
    }
  /** The credentials are not accepted. */
  | { readonly outcome: 'refused'; readonly failure: HumaFailure }
  /** Nothing is said about the credentials. */
  | { readonly outcome: 'failed'; readonly failure: HumaFailure };

/** Selects users. */
export interface UserQuery {
  /** At most 50, which is also the default. */
  readonly limit?: number;
  readonly offset?: number;
  readonly search?: string;
  readonly isActive?: boolean;
  /** At most 25. */
  readonly ids?: readonly string[];
}

/** Selects groups. */
export interface GroupQuery {
  /** At most 25, which is also the default. */
  readonly limit?: number;
  readonly offset?: number;
  readonly types?: readonly ('company' | 'location' | 'team')[];
  readonly search?: string;
}

/** In bytes. Pages hold at most 50 users, and a service has a heap of 192 MB for all that it does. */
const LARGEST_ANSWER = 1_000_000;
const LARGEST_TOKEN = 100_000;
/** Seconds, where the answer does not say how long a token lives, which RFC 6749, 5.1 only recommends. */
const UNSAID_LIFE = 300;

type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/**
 * Huma's Open API 1.53, as far as it is used. Every method makes exactly one HTTP request and answers an outcome:
 * nothing that the network or Huma does is thrown. A thrown error is a caller's mistake.
 */
export class HumaClient {
  readonly #baseUrl: string;
  readonly #tokenUrl: string;
  readonly #userAgent: string;

  constructor({ baseUrl, tokenUrl, userAgent = 'huma-poweroffice' }: HumaClientOptions) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#tokenUrl = tokenUrl;
    this.#userAgent = userAgent;
  }

  /** A token by client credentials; refresh tokens are not used. */
  async requestToken({ clientId, clientSecret }: HumaCredentials, options: SendOptions): Promise<HumaTokenOutcome> {
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const headers = {
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded',
      'User-Agent': this.#userAgent,
    };
    const body = new URLSearchParams(form).toString();
    const sent = await send(this.#tokenUrl, { method: 'POST', headers, body }, { ...options, maxBytes: LARGEST_TOKEN });
    if ('status' in sent && (sent.status === 400 || sent.status === 401)) {
      const failure = classifyHuma(sent, 'read');
      if (failure.answeredBy === 'huma') return { outcome: 'refused', failure };
    }
    const read = readOutcome(sent, readToken);
    return read.outcome === 'found'
      ? { outcome: 'granted', ...read.value }
      : { outcome: 'failed', failure: read.failure };
  }

  async getUser(id: string, call: HumaCall): Promise<HumaReadOutcome<UserDetails>> {
    return readOutcome(await this.#send('GET', `/users/${segment(id)}`, call), userOf(id));
  }

  async listUsers(query: UserQuery, call: HumaCall): Promise<HumaReadOutcome<Page<UserSummary>>> {
    const { ids, limit = 50, offset = 0, search, isActive } = query;
    const path = `/users${queryString({ limit, offset, search, isActive, id: ids })}`;
    return readOutcome(await this.#send('GET', path, call), readPage(listedUser(ids)));
  }

  async listGroups(query: GroupQuery, call: HumaCall): Promise<HumaReadOutcome<Page<Group>>> {
    const { types, limit = 25, offset = 0, search } = query;
    const path = `/groups${queryString({ limit, offset, search, type: types })}`;
    return readOutcome(await this.#send('GET', path, call), readPage(readGroup));
  }

  /** A group's name. Its type is not shown here. */
  async getGroup(id: string, call: HumaCall): Promise<HumaReadOutcome<Pick<Group, 'id' | 'name'>>> {
    return readOutcome(await this.#send('GET', `/groups/${segment(id)}`, call), (json) => {
      const { id: found, name } = readGroup({ ...object(json, 'group'), type: '' });
      if (!sameId(found, id)) throw new MisfitError('id');
      return { id: found, name };
    });
  }

  /** Not safe to repeat: after an unknown outcome, look for the email first. */
  async createUser(input: UserInput, call: HumaCall): Promise<HumaWriteOutcome<UserSummary>> {
    const sent = await this.#send('POST', '/users', call, input);
    return writeOutcome(sent, (json) => {
      const user = readUserSummary(object(json, 'user'));
      if (normalizeEmail(user.email) !== normalizeEmail(input.email)) throw new MisfitError('email');
      return user;
    });
  }

  async patchUser(id: string, input: UserDetailsInput, call: HumaCall): Promise<HumaWriteOutcome<UserDetails>> {
    return writeOutcome(await this.#send('PATCH', `/users/${segment(id)}`, call, input), userOf(id));
  }

  #send(method: 'GET' | 'POST' | 'PATCH', path: string, call: HumaCall, body?: object): Promise<Sent> {
    const headers = {
      Accept: 'application/json',
      Authorization: `Bearer ${call.token}`,
      'User-Agent': this.#userAgent,
      ...(body && { 'Content-Type': 'application/json' }),
      ...(call.traceparent !== undefined && { traceparent: call.traceparent }),
      ...(call.correlationId !== undefined && { 'X-Correlation-Id': call.correlationId }),
    };
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    return send(this.#baseUrl + path, request, { ...call, maxBytes: LARGEST_ANSWER });
  }
}

const segment = (id: string): string => {
  if (!/^[\w-]+$/.test(id)) throw new RangeError('not an id');
  return id;
};

/** Lists are repeated names. An empty list would mean no filter at all, so it is refused. */
const queryString = (query: Query): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const values = [value].flat();
    if (values.length === 0) throw new RangeError(`an empty ${name} would mean no filter at all`);
    return values.map((one): [string, string] => [name, String(one)]);
  });
  return `?${new URLSearchParams(pairs).toString()}`;
};

/** Ids are UUIDs, whose letter case says nothing. */
const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const userOf =
  (id: string) =>
  (json: unknown): UserDetails => {
    const user = readUserDetails(json);
    if (id !== 'me' && !sameId(user.id, id)) throw new MisfitError('id');
    return user;
  };

const listedUser =
  (ids: readonly string[] | undefined) =>
  (row: Json): UserSummary => {
    const user = readUserSummary(row);
    if (ids && !ids.some((id) => sameId(id, user.id))) throw new MisfitError('id');
    return user;
  };

/** Whole seconds; a number may come as a text. @throws ShapeError */
const readLife = (token: Json): number => {
  const life = token['expires_in'] ?? UNSAID_LIFE;
  const seconds = typeof life === 'string' && life.trim() === '' ? NaN : Number(life);
  if ((typeof life !== 'number' && typeof life !== 'string') || !Number.isFinite(seconds))
    throw new ShapeError('expires_in');
  return Math.floor(seconds);
};

const readToken = (json: unknown): { accessToken: string; expiresInSeconds: number; organizationId: string | null } => {
  const token = object(json, 'token');
  const organizationId = token['organizationId'];
  return {
    accessToken: requiredText(token['access_token'], 'access_token'),
    expiresInSeconds: Math.max(readLife(token), 0),
    organizationId: typeof organizationId === 'string' ? organizationId : null,
  };
};
