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

describe('the salary account', () => {
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
