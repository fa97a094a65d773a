import { createTestDatabase, eventually, nationalIdOf, type TestDatabase } from '@huma-poweroffice/testing';
import type { BankAccount, Client, Employee } from '../src/model.js';
import type { LoggedRequest } from '../src/request-log.js';
import { startSimulator, type RunningSimulator } from '../src/server.js';
import { specification, tokenSpecification } from './specification.js';

const spec = specification();
const tokenSpec = tokenSpecification();
const subscriptionKey = 'subscription';
const applicationKey = 'application';
let database: TestDatabase;
let simulator: RunningSimulator;

const start = async (requestsPerSecond = 1000): Promise<void> => {
  simulator = await startSimulator({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: database.url,
    applicationKey,
    subscriptionKey,
    requestsPerSecond,
  });
};
beforeAll(async () => {
  database = await createTestDatabase();
  await start();
});
afterAll(async () => {
  await simulator.stop();
  await database.drop();
});

const control = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const init =
    body === undefined
      ? { method }
      : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(`${simulator.url}/control${path}`, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
};
const tokenOf = async (
  clientKey: string,
  form = 'grant_type=client_credentials',
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await fetch(`${simulator.url}/OAuth/Token`, {
    method: 'POST',
    body: form,
    headers: {
      authorization: `Basic ${Buffer.from(`${applicationKey}:${clientKey}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      'ocp-apim-subscription-key': subscriptionKey,
    },
  });
  const body = (await response.json()) as Record<string, unknown>;
  expect(tokenSpec.check('POST', '/Token', response.status, body)).toEqual([]);
  return { status: response.status, body };
};

/** A client of its own with a token: every request and answer is held against PowerOffice's document. */
const aClient = async (change: Partial<Client> = {}): Promise<{ id: string; call: typeof call; clientKey: string }> => {
  const id = crypto.randomUUID();
  const { clientKey } = await control<Client>('PUT', `/clients/${id}`, change);
  const { body } = await tokenOf(clientKey);
  const token = String(body['access_token']);
  const call = async <T>(
    method: string,
    path: string,
    given?: unknown,
  ): Promise<{ status: number; body: T; headers: Headers }> => {
    if (given !== undefined) expect(spec.checkRequest(method, path, given)).toEqual([]);
    const init: RequestInit = {
      method,
      headers: { authorization: `Bearer ${token}`, 'ocp-apim-subscription-key': subscriptionKey },
    };
    if (given !== undefined) {
      init.body = JSON.stringify(given);
      (init.headers as Record<string, string>)['content-type'] =
        method === 'PATCH' ? 'application/json-patch+json' : 'application/json';
    }
    const response = await fetch(`${simulator.url}/v2${path}`, init);
    const text = await response.text();
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    expect(spec.check(method, path, response.status, answer)).toEqual([]);
    if (response.ok) expect(spec.undeclared(method, path)).toEqual([]);
    return { status: response.status, body: answer as T, headers: response.headers };
  };
  return { id, call, clientKey };
};
const kari = { FirstName: 'Kari', LastName: 'Nordmann', EmailAddress: 'kari@example.com' };

describe('tokens', () => {
  it("are refused with 400 invalid_client for a key that is nobody's or was withdrawn", async () => {
    expect(await tokenOf(crypto.randomUUID())).toMatchObject({ status: 400, body: { error: 'invalid_client' } });
    const { id, clientKey, call } = await aClient();
    await control('PUT', `/clients/${id}`, { keyRevoked: true });
    expect(await tokenOf(clientKey)).toMatchObject({ status: 400, body: { error: 'invalid_client' } });
    expect((await call('GET', '/Employees')).status).toBe(401);
  });

  it('are only for client credentials', async () => {
    const { clientKey } = await aClient();
    expect(await tokenOf(clientKey, 'grant_type=refresh_token')).toMatchObject({
      status: 400,
      body: { error: 'unsupported_grant_type' },
    });
  });
});

describe('employees', () => {
  it('are none at first: 204 without a body', async () => {
    const { call } = await aClient();
    expect(await call('GET', '/Employees')).toMatchObject({ status: 204, body: undefined });
  });

  it('are created with the next number of the series, and refused outside it, when taken, or with a used reference', async () => {
    const { call } = await aClient();
    const first = await call<Employee>('POST', '/Employees', { ...kari, ExternalImportReference: 'a' });
    expect(first).toMatchObject({ status: 201, body: { Number: 10_000, Gender: null, MailAddress: null } });
    expect((await call<Employee>('POST', '/Employees', kari)).body.Number).toBe(10_001);
    for (const wrong of [
      { Number: 10_001 },
      { Number: 5 },
      { ExternalImportReference: 'a' },
      { NationalIdNumber: '12345678901' },
    ]) {
      expect((await call('POST', '/Employees', { ...kari, ...wrong })).status).toBe(400);
    }
    expect(
      (await call<Employee>('POST', '/Employees', { ...kari, NationalIdNumber: nationalIdOf('1985-04-12', 'Female') }))
        .status,
    ).toBe(201);
  });

  it('are listed by pages, by reference, by numbers and with only the fields asked for', async () => {
    const { id, call } = await aClient();
    await control(
      'POST',
      `/clients/${id}/employees`,
      Array.from({ length: 25 }, (_, i) => ({ ...kari, ExternalImportReference: `r${String(i)}` })),
    );
    const page = await call<Employee[]>('GET', '/Employees?PageSize=10&PageNumber=3&Fields=Id,EmailAddress');
    expect(page.body).toHaveLength(5);
    expect(Object.keys(page.body[0] ?? {}).sort()).toEqual(['EmailAddress', 'Id']);
    expect(JSON.parse(page.headers.get('x-pagination') ?? '{}')).toMatchObject({ nextPageLink: null, totalCount: 25 });
    expect((await call<Employee[]>('GET', '/Employees?externalImportReference=r7')).body).toHaveLength(1);
    expect((await call<Employee[]>('GET', '/Employees?employeeNos=10000,10005-10007,10023-')).body).toHaveLength(6);
    expect((await call('GET', '/Employees?PageSize=20001')).status).toBe(400);
    expect((await call('GET', '/Employees?$top=1')).status).toBe(400);
    for (const wrong of [
      '/Employees?PageNumber=2147483648',
      '/Employees?PageNumber=1e3',
      '/Employees?lastChangedDateTimeOffsetGreaterThan=null',
      '/Employees?externalImportReference=a&externalImportReference=b',
      '/Employees?PageSize=1&pagesize=2',
      '/SubLedgerNumberSeries?isDefault=null',
    ])
      expect((await call('GET', wrong)).status).toBe(400);
    expect((await call('GET', '/Employees?PageNumber=2147483647')).status).toBe(204);
    await control('PATCH', '/behaviour', { pagination: false });
    expect((await call('GET', '/Employees?PageSize=10')).headers.get('x-pagination')).toBeNull();
    await control('DELETE', '/faults');
  });

  it('are patched wholly or not at all; a failed test looks like any other 400', async () => {
    const { call } = await aClient();
    const { body } = await call<Employee>('POST', '/Employees', kari);
    const path = `/Employees/${String(body.Id)}`;
    const set = (at: string, value: unknown): object => ({ op: 'replace', path: at, value });
    expect(
      (await call<Employee>('PATCH', path, [set('/firstname', 'Karin'), set('/JobTitle', 'Boss')])).body,
    ).toMatchObject({ FirstName: 'Karin', JobTitle: 'Boss' });
    expect(
      (await call('PATCH', path, [{ op: 'test', path: '/JobTitle', value: 'Cook' }, set('/FirstName', 'X')])).status,
    ).toBe(400);
    expect((await call('PATCH', path, [set('/FirstName', 'X'), set('/Number', 1)])).status).toBe(400);
    expect((await call('PATCH', path, [set('/MailAddress/City', 'Oslo')])).status).toBe(400);
    expect((await call('PATCH', path, [set('/Id', 1)])).status).toBe(400);
    const address = { City: 'Oslo', ZipCode: '0155', AddressLine1: 'Storgata 1' };
    expect((await call<Employee>('PATCH', path, [set('/MailAddress', address)])).body.MailAddress).toMatchObject(
      address,
    );
    const cleared = await call<Employee>('PATCH', path, [
      { op: 'remove', path: '/JobTitle' },
      set('/MailAddress/City', 'Bergen'),
    ]);
    expect(cleared.body).toMatchObject({
      FirstName: 'Karin',
      JobTitle: null,
      MailAddress: { City: 'Bergen', ZipCode: '0155' },
    });
  });

  it('hide gender and ids from an integration without the special privilege', async () => {
    const { call } = await aClient({ readsSensitive: false });
    const { body } = await call<Employee>('POST', '/Employees', {
      ...kari,
      Gender: 'Female',
      NationalIdNumber: nationalIdOf('1985-04-12', 'Female'),
    });
    expect(body).toMatchObject({ Gender: 'Hidden', NationalIdNumber: 'hidden', InternationalIdNumber: null });
  });

  it('keep every digit of a 64 bit integer', async () => {
    const series = [
      {
        Id: crypto.randomUUID(),
        Name: 'Large',
        FromInclusive: 1,
        ToInclusive: 9e18,
        IsDefault: true,
        SubLedgerNumberSeriesType: 'Employee' as const,
        GeneralLedgerAccountId: 1,
        GeneralLedgerAccountNo: 1,
        IsClientTrust: false,
      },
    ];
    const { call } = await aClient({ series });
    const { body } = await call<Employee>('POST', '/Employees', kari);
    await call('PATCH', `/Employees/${String(body.Id)}`, [
      { op: 'replace', path: '/Number', value: '9007199254740993' },
    ]);
    expect((await call<Employee[]>('GET', '/Employees?employeeNos=9007199254740993')).status).toBe(200);
    expect((await call<Employee[]>('GET', '/Employees?employeeNos=9007199254740992')).status).toBe(204);
  });

  it('can be changed only with the privilege', async () => {
    const { call } = await aClient({ privileges: ['Employee'] });
    expect((await call('POST', '/Employees', kari)).status).toBe(403);
    expect((await call('GET', '/Employees')).status).toBe(204);
  });
});

describe('number series', () => {
  it('are listed, by whether they are the default, and shown by id', async () => {
    const { call } = await aClient();
    const [series] = (await call<Client['series']>('GET', '/SubLedgerNumberSeries?isDefault=true')).body;
    expect((await call('GET', '/SubLedgerNumberSeries?isDefault=false')).status).toBe(204);
    expect((await call('GET', `/SubLedgerNumberSeries/${String(series?.Id)}`)).body).toEqual(series);
    expect((await call('GET', `/SubLedgerNumberSeries/${crypto.randomUUID()}`)).status).toBe(404);
  });
});

describe('stamps', () => {
  it('come without an offset on demand, and are understood without one', async () => {
    const { call } = await aClient();
    await control('PATCH', '/behaviour', { offsets: false });
    await call('POST', '/Employees', kari);
    const { body } = await call<Employee[]>('GET', '/Employees');
    const stamp = body[0]?.LastChangedDateTimeOffset ?? '';
    expect(stamp).toMatch(/^[\d-]{10}T[\d:.]{12}$/);
    const since = (text: string) => `/Employees?lastChangedDateTimeOffsetGreaterThan=${encodeURIComponent(text)}`;
    expect((await call('GET', since(stamp))).status).toBe(204);
    expect((await call('GET', since(stamp.replace(/^\d{4}/, '2020')))).status).toBe(200);
    await control('DELETE', '/faults');
  });
});

describe('a clerk', () => {
  it('frees an email, archives, restores and deletes', async () => {
    const { id, call } = await aClient();
    const { Id } = (await call<Employee>('POST', '/Employees', kari)).body;
    const [mine, path] = [`/clients/${id}/employees/${String(Id)}`, `/Employees/${String(Id)}`];
    await control('PATCH', mine, { EmailAddress: null, IsArchived: true });
    expect((await call<Employee>('GET', path)).body).toMatchObject({ EmailAddress: null, IsArchived: true });
    await control('PATCH', mine, { IsArchived: false });
    expect((await call<Employee>('GET', path)).body).toMatchObject({ IsArchived: false });
    await control('DELETE', mine);
    expect((await call('GET', path)).status).toBe(404);
  });

  it('adds accounts, also equal ones, and closes one', async () => {
    const { id, call } = await aClient();
    const { Id } = (await call<Employee>('POST', '/Employees', kari)).body;
    const accounts = `/clients/${id}/employees/${String(Id)}/accounts`;
    const { Id: accountId } = await control<BankAccount>('POST', accounts, { BankAccountNumber: '12345678903' });
    await control('PATCH', `/clients/${id}/accounts/${String(accountId)}`, { IsActive: false });
    await control('POST', accounts, { BankAccountNumber: '12345678903' });
    const listed = await call<BankAccount[]>('GET', `/ContactBankAccounts?contactIds=${String(Id)}`);
    expect(listed.body.map(({ IsActive }) => IsActive)).toEqual([false, true]);
  });
});

describe('the salary account', () => {
  it('is made twice by two equal requests, and lists of accounts may lag', async () => {
    const { call } = await aClient();
    const { Id } = (await call<Employee>('POST', '/Employees', kari)).body;
    const list = `/ContactBankAccounts?contactIds=${String(Id)}`;
    await control('PATCH', '/behaviour', { readLagMs: 60_000 });
    for (let times = 0; times < 2; times += 1)
      await call('POST', `/ContactBankAccounts/${String(Id)}`, { BankAccountNumber: '12345678903' });
    expect((await call('GET', list)).status).toBe(204);
    await control('DELETE', '/faults');
    expect((await call<BankAccount[]>('GET', list)).body).toHaveLength(2);
  });

  it('is created on the contact, then pointed to', async () => {
    const { call } = await aClient();
    const employee = (await call<Employee>('POST', '/Employees', kari)).body;
    const other = (await call<Employee>('POST', '/Employees', kari)).body;
    const account = await call<BankAccount>('POST', `/ContactBankAccounts/${String(employee.Id)}`, {
      BankAccountNumber: '1234 56 78903',
    });
    expect(account).toMatchObject({ status: 201, body: { CountryCode: 'NO', ContactId: employee.Id } });
    const point = [{ op: 'replace', path: '/SalaryBankAccountId', value: account.body.Id }];
    expect((await call('PATCH', `/Employees/${String(other.Id)}/BankAccounts`, point)).status).toBe(400);
    const set = await call<Employee>('PATCH', `/Employees/${String(employee.Id)}/BankAccounts`, point);
    expect(set.body).toMatchObject({ SalaryBankAccountId: account.body.Id, ExpenseBankAccountId: account.body.Id });
    expect(
      (await call<BankAccount[]>('GET', `/ContactBankAccounts?contactIds=${String(employee.Id)}`)).body,
    ).toHaveLength(1);
  });
});

describe('misbehaviour', () => {
  it('loses the answer of a write that was done, and logs it', async () => {
    const { id, call } = await aClient();
    const { body } = await call<Employee>('POST', '/Employees', kari);
    await control('POST', '/faults', {
      method: 'PATCH',
      clientId: id,
      times: 1,
      misbehaviour: { kind: 'lose-answer' },
    });
    const path = `/Employees/${String(body.Id)}`;
    await expect(call('PATCH', path, [{ op: 'replace', path: '/JobTitle', value: 'Boss' }])).rejects.toThrow(
      'fetch failed',
    );
    expect((await call<Employee>('GET', path)).body.JobTitle).toBe('Boss');
    const log = await control<LoggedRequest[]>('GET', '/requests');
    expect(log.filter((r) => r.clientId === id && r.misbehaviour === 'lose-answer')).toMatchObject([
      { method: 'PATCH', status: 200 },
    ]);
  });

  it('does a request later than its client waits', async () => {
    const { id, call } = await aClient();
    const { body } = await call<Employee>('POST', '/Employees', kari);
    await control('POST', '/faults', {
      method: 'PATCH',
      clientId: id,
      times: 1,
      misbehaviour: { kind: 'late', ms: 50 },
    });
    const path = `/Employees/${String(body.Id)}`;
    await expect(call('PATCH', path, [{ op: 'replace', path: '/JobTitle', value: 'Late' }])).rejects.toThrow(
      'fetch failed',
    );
    await eventually(async () => {
      expect((await call<Employee>('GET', path)).body.JobTitle).toBe('Late');
    });
  });

  it('answers what is asked for: 429, 503, a body that is not JSON', async () => {
    const { id, call } = await aClient();
    await control('POST', '/faults', {
      clientId: id,
      times: 1,
      misbehaviour: { kind: 'status', status: 429, retryAfterSeconds: 3 },
    });
    expect((await call('GET', '/Employees')).headers.get('retry-after')).toBe('3');
    await control('POST', '/faults', { clientId: id, times: 1, misbehaviour: { kind: 'broken-body' } });
    await expect(call('GET', '/ClientIntegrationInformation')).rejects.toThrow('JSON');
  });

  it('shows reads that lag behind writes', async () => {
    const { call } = await aClient();
    const { body } = await call<Employee>('POST', '/Employees', kari);
    await control('PATCH', '/behaviour', { readLagMs: 60_000 });
    const path = `/Employees/${String(body.Id)}`;
    await call('PATCH', path, [{ op: 'replace', path: '/JobTitle', value: 'New' }]);
    expect((await call('GET', path)).status).toBe(404);
    await control('DELETE', '/faults');
    expect((await call<Employee>('GET', path)).body.JobTitle).toBe('New');
  });
});

describe('answers that are not PowerOffice’s own, or cannot be read', () => {
  const body = [{ op: 'replace', path: '/JobTitle', value: 'Boss' }];

  /** An employee, a request to change it that goes wrong, and whether it was done. */
  const changed = async (
    misbehaviour: object,
    signal?: AbortSignal,
  ): Promise<{ status: number; type: string; text: string; headers: Headers; done: boolean }> => {
    const { id, clientKey } = await aClient();
    const [employee] = await control<Employee[]>('POST', `/clients/${id}/employees`, [kari]);
    const token = String((await tokenOf(clientKey)).body['access_token']);
    await control('POST', '/faults', { clientId: id, method: 'PATCH', times: 1, misbehaviour });
    const answered = fetch(`${simulator.url}/v2/Employees/${String(employee?.Id)}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${token}`,
        'ocp-apim-subscription-key': subscriptionKey,
        'content-type': 'application/json-patch+json',
      },
      body: JSON.stringify(body),
      signal: signal ?? null,
    });
    const response = await answered.catch(() => null);
    const [after] = await control<Employee[]>('GET', `/clients/${id}/employees`);
    return {
      status: response?.status ?? 0,
      type: response?.headers.get('content-type') ?? '',
      text: (await response?.text()) ?? '',
      headers: response?.headers ?? new Headers(),
      done: after?.JobTitle === 'Boss',
    };
  };

  it.each([401, 403, 404])('a page of %i in front of it, of which nothing is done', async (status) => {
    expect(await changed({ kind: 'page', status })).toMatchObject({
      status,
      type: 'text/html; charset=utf-8',
      text: expect.stringContaining('<!DOCTYPE html>'),
      done: false,
    });
  });

  it('a page although it was done', async () => {
    expect(await changed({ kind: 'page', status: 502, after: 'done' })).toMatchObject({
      status: 502,
      text: expect.stringContaining('<!DOCTYPE html>'),
      done: true,
    });
  });

  it.each([401, 403, 404])('the gateway’s JSON of %i', async (status) => {
    const { text, ...answer } = await changed({ kind: 'gateway', status });
    expect(answer).toMatchObject({ status, done: false });
    expect(JSON.parse(text)).toEqual({ statusCode: status, message: expect.any(String) });
  });

  it.each([
    ['html', '<html>not what you think'],
    ['empty', ''],
    ['truncated', expect.stringMatching(/^\{"(?:.(?!\}$))*$/)],
  ])('a success whose body is %s', async (form, text) => {
    expect(await changed({ kind: 'broken-body', form })).toMatchObject({ status: 200, text, done: true });
  });

  it('none, although it was done', async () => {
    const patience = AbortSignal.timeout(500);
    expect(await changed({ kind: 'hang', after: 'done' }, patience)).toMatchObject({ status: 0, done: true });
  });

  it('its own refusals in the documented form', async () => {
    const { text, headers, ...answer } = await changed({ kind: 'status', status: 404 });
    expect(answer).toMatchObject({ status: 404, type: 'application/problem+json; charset=utf-8', done: false });
    expect(JSON.parse(text)).toMatchObject({ status: 404, title: expect.any(String) });
    expect(headers.get('www-authenticate')).toBeNull();
    const refused = await changed({ kind: 'status', status: 401 });
    expect([refused.text, refused.headers.get('www-authenticate')]).toEqual(['', 'Bearer error="invalid_token"']);
  });
});

describe('the whole', () => {
  it('keeps its state over a restart', async () => {
    const { id, call } = await aClient();
    await call('POST', '/Employees', { ...kari, ExternalImportReference: 'kept' });
    await simulator.stop();
    await start();
    expect(await control<Employee[]>('GET', `/clients/${id}/employees`)).toMatchObject([
      { ExternalImportReference: 'kept' },
    ]);
  });

  it('allows ten requests in a second over all clients together', async () => {
    await simulator.stop();
    await start(10);
    const answers = await Promise.all(Array.from({ length: 14 }, () => tokenOf(crypto.randomUUID())));
    const statuses = answers.map((a) => a.status).sort();
    expect(statuses.filter((s) => s === 400)).toHaveLength(10);
    expect(statuses.filter((s) => s === 429)).toHaveLength(4);
  });
});
