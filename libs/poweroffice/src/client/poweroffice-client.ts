import { isInt64, type Int64 } from '../int64.js';
import type { ClientIntegrationInformation, ContactBankAccount, Employee, SubLedgerNumberSeries } from '../model.js';
import type { ReadOutcome, WriteOutcome } from '../outcome.js';
import type { ContactBankAccountPost, EmployeePost, JsonPatchOperation } from '../write-model.js';
import { pageOutcome, readOutcome, writeOutcome, type Page } from './answer.js';
import { bodyJson, patchJson } from './json.js';
import {
  apiName,
  employeeKeys,
  readBankAccount,
  readClientIntegrationInformation,
  readEmployee,
  readNumberSeries,
  type EmployeeKey,
} from './read-model.js';
import { MisfitError, object, type Json } from './shape.js';
import { Transport, type Request, type SendOptions, type Sent } from './transport.js';

export interface ClientOptions {
  /** With the version, without a slash at its end: `https://goapi.poweroffice.net/v2`. */
  readonly baseUrl: string;
  readonly userAgent?: string;
}

/** What a request needs beside its content; one permit of the request budget each. */
export interface Call extends Pick<SendOptions, 'timeoutMs' | 'signal' | 'beforeSend'> {
  readonly token: string;
  readonly subscriptionKey: string;
  readonly traceparent?: string | undefined;
}

export interface PageOptions {
  /** From 1. */
  readonly page?: number;
  /** At most 20,000, which is also the default. */
  readonly pageSize?: number;
}

export interface EmployeeQuery<Key extends EmployeeKey = EmployeeKey> extends PageOptions {
  readonly externalImportReference?: string;
  readonly employeeNos?: readonly Int64[];
  /** A moment with its offset; not included. Addresses and bank accounts do not move an employee's stamp. */
  readonly changedAfter?: string;
  /** Fewer fields, smaller pages; `id` always comes. */
  readonly fields?: readonly Key[];
}

export interface BankAccountQuery extends PageOptions {
  readonly contactIds?: readonly Int64[];
  /** A moment with its offset; not included. */
  readonly changedAfter?: string;
}

const LARGEST_PAGE = 20_000;
const MEGABYTE = 1_000_000;
const LARGEST_LIST = 128 * MEGABYTE;

type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/**
 * PowerOffice Go's API v2, as far as it is used. Every method makes exactly one HTTP request (the caller pays for each
 * from the shared budget), and answers an outcome: nothing that the network or PowerOffice does is thrown. A thrown
 * error is a caller's mistake. Paths and bodies go by PascalCase.
 */
export class PowerOfficeClient {
  readonly #transport = new Transport();
  readonly #baseUrl: string;
  readonly #userAgent: string;

  constructor({ baseUrl, userAgent = 'huma-poweroffice' }: ClientOptions) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#userAgent = userAgent;
  }

  /** Closes all connections. */
  close(): void {
    this.#transport.close();
  }

  async listEmployees<Key extends EmployeeKey = EmployeeKey>(
    query: EmployeeQuery<Key>,
    call: Call,
  ): Promise<ReadOutcome<Page<Pick<Employee, Key | 'id'>>>> {
    const { fields, pageSize = LARGEST_PAGE, page = 1 } = query;
    const sent = await this.#get(
      '/Employees',
      {
        externalImportReference: query.externalImportReference,
        employeeNos: query.employeeNos?.map(digits),
        lastChangedDateTimeOffsetGreaterThan: query.changedAfter,
        Fields: fields && [...new Set(['Id', ...fields.map(apiName)])],
        PageNumber: page,
        PageSize: pageSize,
      },
      call,
      LARGEST_LIST,
    );
    return pageOutcome(sent, pageSize, readEmployee(fields ?? (employeeKeys as Key[])));
  }

  async getEmployee(id: Int64, call: Call): Promise<ReadOutcome<Employee>> {
    return readOutcome(await this.#get(`/Employees/${digits(id)}`, {}, call), employee(id));
  }

  /** Not safe to repeat by itself: send an ExternalImportReference, which PowerOffice keeps unique. */
  async createEmployee(body: EmployeePost, call: Call): Promise<WriteOutcome<Employee>> {
    return writeOutcome(await this.#write('POST', '/Employees', bodyJson(body), call), employee());
  }

  async patchEmployee(
    id: Int64,
    operations: readonly JsonPatchOperation[],
    call: Call,
  ): Promise<WriteOutcome<Employee>> {
    const path = `/Employees/${digits(id)}`;
    return writeOutcome(await this.#write('PATCH', path, patchJson(operations), call), employee(id));
  }

  /** Sets which accounts pay is sent to: `/SalaryBankAccountId` and its two siblings. */
  async patchEmployeeBankAccounts(
    id: Int64,
    operations: readonly JsonPatchOperation[],
    call: Call,
  ): Promise<WriteOutcome<Employee>> {
    const path = `/Employees/${digits(id)}/BankAccounts`;
    return writeOutcome(await this.#write('PATCH', path, patchJson(operations), call), employee(id));
  }

  async listBankAccounts(query: BankAccountQuery, call: Call): Promise<ReadOutcome<Page<ContactBankAccount>>> {
    const { pageSize = LARGEST_PAGE, page = 1 } = query;
    const sent = await this.#get(
      '/ContactBankAccounts',
      {
        contactIds: query.contactIds?.map(digits),
        lastChangedDateTimeOffsetGreaterThan: query.changedAfter,
        PageNumber: page,
        PageSize: pageSize,
      },
      call,
      LARGEST_LIST,
    );
    return pageOutcome(sent, pageSize, readBankAccount);
  }

  /** Adds an account to a contact (an employee's id); it is paid to only once it is the salary account. */
  async createBankAccount(
    contactId: Int64,
    body: ContactBankAccountPost,
    call: Call,
  ): Promise<WriteOutcome<ContactBankAccount>> {
    const path = `/ContactBankAccounts/${digits(contactId)}`;
    return writeOutcome(await this.#write('POST', path, bodyJson(body), call), (json) => {
      const account = readBankAccount(object(json, 'bank account'));
      if (account.contactId !== contactId) throw new MisfitError('ContactId');
      return account;
    });
  }

  /** Whose data the token opens, and with which privileges; any valid token may ask. */
  async getClientIntegrationInformation(call: Call): Promise<ReadOutcome<ClientIntegrationInformation>> {
    return readOutcome(await this.#get('/ClientIntegrationInformation', {}, call), (json) =>
      readClientIntegrationInformation(object(json, 'client')),
    );
  }

  async listNumberSeries(call: Call): Promise<ReadOutcome<Page<SubLedgerNumberSeries>>> {
    const sent = await this.#get('/SubLedgerNumberSeries', {}, call);
    return pageOutcome(sent, Infinity, readNumberSeries);
  }

  #get(path: string, query: Query, call: Call, maxBytes = MEGABYTE): Promise<Sent> {
    return this.#send({ method: 'GET', url: new URL(this.#baseUrl + path + queryString(query)) }, call, maxBytes);
  }

  #write(method: 'POST' | 'PATCH', path: string, body: string, call: Call): Promise<Sent> {
    const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/json';
    const url = new URL(this.#baseUrl + path);
    return this.#send({ method, url, body }, call, MEGABYTE, { 'Content-Type': type });
  }

  #send(
    request: Omit<Request, 'headers'>,
    call: Call,
    maxBytes: number,
    extra?: Record<string, string>,
  ): Promise<Sent> {
    const { token, subscriptionKey, traceparent, timeoutMs, signal, beforeSend } = call;
    const headers = {
      Accept: 'application/json',
      Authorization: `Bearer ${token}`,
      'Ocp-Apim-Subscription-Key': subscriptionKey,
      'User-Agent': this.#userAgent,
      ...(traceparent !== undefined && { traceparent }),
      ...extra,
    };
    return this.#transport.send({ ...request, headers }, { timeoutMs, signal, beforeSend, maxBytes });
  }
}

const digits = (id: Int64): Int64 => {
  if (!isInt64(id)) throw new RangeError('not a 64-bit integer');
  return id;
};

/** Reads a whole employee; an answer about somebody else is none. */
const employee =
  (id?: Int64) =>
  (json: unknown): Employee => {
    const read: Json = object(json, 'employee');
    const found = readEmployee(employeeKeys)(read);
    if (id !== undefined && found.id !== id) throw new MisfitError('Id');
    return found;
  };

/** Commas stay as they are, to keep URLs short. An empty filter would mean everybody, so it is refused. */
const queryString = (query: Query): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const written = typeof value === 'number' ? String(value) : [value].flat().map(encodeURIComponent).join(',');
    if (written === '') throw new RangeError(`an empty ${name} would mean no filter at all`);
    return [`${name}=${written}`];
  });
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};
