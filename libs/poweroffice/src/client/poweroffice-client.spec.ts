import { json, LocalServer, type Reply } from '../../test/local-server.js';
import { PowerOfficeClient, type Call } from './poweroffice-client.js';

const call: Call = { token: 'a-token', subscriptionKey: 'a-key', timeoutMs: 20_000 };
const kari = {
  Id: 9007199254740993n,
  Number: 1001,
  FirstName: 'Kari',
  LastName: 'Nordmann',
  EmailAddress: 'kari@example.no',
  PhoneNumber: null,
  DateOfBirth: '1984-02-29T00:00:00',
  Gender: 'Female',
  NationalIdNumber: 'hidden',
  MailAddress: {
    Id: 5,
    AddressLine1: 'Storgata 1',
    ZipCode: '0161',
    City: 'Oslo',
    CountryCode: 'NO',
    ExternalCode: 'x',
  },
  SalaryBankAccountId: 77,
  ExternalImportReference: null,
  IsArchived: false,
  LastChangedDateTimeOffset: '2026-11-24T12:00:00.1234567+00:00',
  AFieldToCome: { with: ['anything'] },
};
const read = {
  id: '9007199254740993',
  number: '1001',
  firstName: 'Kari',
  lastName: 'Nordmann',
  emailAddress: 'kari@example.no',
  phoneNumber: null,
  dateOfBirth: '1984-02-29T00:00:00',
  gender: 'Female',
  nationalIdNumber: 'hidden',
  jobTitle: null,
  startDate: null,
  endDate: null,
  mailAddress: {
    addressLine1: 'Storgata 1',
    addressLine2: null,
    zipCode: '0161',
    city: 'Oslo',
    countryCode: 'NO',
    externalCode: 'x',
    lastChangedDateTimeOffset: null,
  },
  salaryBankAccountId: '77',
  externalImportReference: null,
  isArchived: false,
  lastChangedDateTimeOffset: '2026-11-24T12:00:00.1234567+00:00',
};

let server: LocalServer;
let client: PowerOfficeClient;

beforeAll(async () => {
  server = await LocalServer.start();
  client = new PowerOfficeClient({ baseUrl: `${server.url}/Demo/v2/` });
});
afterAll(async () => {
  client.close();
  await server.stop();
});
beforeEach(() => {
  server.received.length = 0;
});

describe('every request', () => {
  it('says who asks, for whom, and in which trace', async () => {
    server.reply = json(200, kari);
    await client.getEmployee(read.id, {
      ...call,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
    expect(server.last).toMatchObject({ method: 'GET', url: '/Demo/v2/Employees/9007199254740993', body: '' });
    expect(server.last.headers).toMatchObject({
      accept: 'application/json',
      authorization: 'Bearer a-token',
      'ocp-apim-subscription-key': 'a-key',
      'user-agent': 'huma-poweroffice',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
  });

  it('is one request, whatever comes back', async () => {
    for (const status of [200, 204, 302, 400, 401, 429, 500]) {
      server.received.length = 0;
      server.reply = (_, response) => response.writeHead(status, { 'Retry-After': '1', Location: '/' }).end();
      await client.getEmployee('1', call);
      expect(server.received).toHaveLength(1);
    }
  });

  it('is not made for an id that is none', async () => {
    for (const id of ['', '../Employees', '1/BankAccounts', '9223372036854775808', '1?x'])
      await expect(client.patchEmployee(id, [], call)).rejects.toThrow(RangeError);
    expect(server.received).toEqual([]);
  });
});

describe('getEmployee', () => {
  it('reads every digit, tolerates what is new, and takes what is missing for empty', async () => {
    server.reply = json(200, kari);
    expect(await client.getEmployee(read.id, call)).toEqual({ outcome: 'found', value: read });
  });

  it('takes a gender to come for a hidden one', async () => {
    server.reply = json(200, { Id: 1, Gender: 'Other' });
    expect(await client.getEmployee('1', call)).toMatchObject({ value: { gender: 'Hidden' } });
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '<html>Maintenance</html>', 'not JSON'],
    ['nothing', '', 'not JSON'],
    ['a list', [kari], 'employee'],
    ['nobody in particular', { FirstName: 'Kari' }, 'Id'],
    ['somebody else', { Id: 2 }, 'Id'],
    ['a wrong type', { Id: 1, FirstName: 7 }, 'FirstName'],
    ['a fraction for a number', { Id: 1, Number: 1.5 }, 'Number'],
    ['a text for an address', { Id: 1, MailAddress: 'Storgata 1' }, 'MailAddress'],
    ['a wrong type in an address', { Id: 1, MailAddress: { City: 1 } }, 'City'],
  ])('cannot read %s', async (_, body, detail) => {
    server.reply = json(200, body);
    expect(await client.getEmployee('1', call)).toEqual({
      outcome: 'failed',
      failure: { kind: 'bug', code: 'unreadable-answer', status: 200, detail },
    });
  });

  it('tells nobody from a failure', async () => {
    server.reply = json(404, { title: 'Object(s) not found', detail: 'Employee not found.' });
    expect(await client.getEmployee('1', call)).toMatchObject({ outcome: 'not-found', failure: { kind: 'not-found' } });
    server.reply = json(429, { statusCode: '429', message: 'Rate limit is exceeded.' }, { 'Retry-After': '7' });
    expect(await client.getEmployee('1', call)).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'unavailable', code: 'rate-limited', retryAfterMs: 7000 },
    });
    server.reply = json(401, { statusCode: 401, message: 'Access denied.' });
    expect(await client.getEmployee('1', call)).toMatchObject({ failure: { code: 'subscription-key-refused' } });
  });

  it('may come whole the next time when its end was lost', async () => {
    server.reply = (_, response) => {
      response.writeHead(200, { 'Content-Length': 99 }).write('{', () => response.destroy());
    };
    expect(await client.getEmployee('1', call)).toEqual({
      outcome: 'failed',
      failure: { kind: 'unavailable', code: 'connection-lost' },
    });
  });

  it('does not read an answer without end', async () => {
    server.reply = json(200, ' '.repeat(1_000_001));
    expect(await client.getEmployee('1', call)).toMatchObject({
      failure: { code: 'unreadable-answer', detail: 'too large' },
    });
  });
});

describe('listEmployees', () => {
  const filtered = (url: string) => Object.fromEntries(new URL(url, server.url).searchParams);

  it('asks for the largest page, and by the filters given', async () => {
    server.reply = json(200, []);
    await client.listEmployees({}, call);
    expect(filtered(server.last.url)).toEqual({ PageNumber: '1', PageSize: '20000' });
    await client.listEmployees(
      {
        employeeNos: ['1', '22'],
        changedAfter: '2026-11-24T12:00:00+01:00',
        fields: ['id', 'emailAddress'],
        page: 3,
        pageSize: 50,
      },
      call,
    );
    expect(filtered(server.last.url)).toEqual({
      employeeNos: '1,22',
      lastChangedDateTimeOffsetGreaterThan: '2026-11-24T12:00:00+01:00',
      Fields: 'Id,EmailAddress',
      PageNumber: '3',
      PageSize: '50',
    });
    await client.listEmployees({ externalImportReference: 'a b&c=ø' }, call);
    expect(filtered(server.last.url)).toMatchObject({ externalImportReference: 'a b&c=ø' });
  });

  it('refuses an empty filter, which would mean everybody', async () => {
    await expect(client.listEmployees({ employeeNos: [] }, call)).rejects.toThrow(RangeError);
    await expect(client.listEmployees({ externalImportReference: '' }, call)).rejects.toThrow(RangeError);
    await expect(client.listBankAccounts({ contactIds: [] }, call)).rejects.toThrow(RangeError);
    expect(server.received).toEqual([]);
  });

  it('reads only what was asked for', async () => {
    server.reply = json(200, [kari]);
    expect(await client.listEmployees({ fields: ['emailAddress'] }, call)).toEqual({
      outcome: 'found',
      value: { items: [{ id: read.id, emailAddress: read.emailAddress }], unreadable: [], more: false },
    });
  });

  it('takes 204 for an empty list', async () => {
    server.reply = (_, response) => response.writeHead(204).end();
    expect(await client.listEmployees({}, call)).toEqual({
      outcome: 'found',
      value: { items: [], unreadable: [], more: false },
    });
  });

  it.each<[string, number, Record<string, string>, boolean]>([
    ['a page that is not full', 1, {}, false],
    ['a full page', 2, {}, true],
    ['a link to the next page', 1, { 'X-Pagination': '{"nextPageLink":"https://x/?PageNumber=2"}' }, true],
    ['a link in another letter case', 1, { 'X-Pagination': '{"NextPageLink":"https://x"}' }, true],
    ['no link', 1, { 'X-Pagination': '{"nextPageLink":null,"totalCount":1}' }, false],
    ['a header that is no JSON', 1, { 'X-Pagination': 'page 1' }, false],
  ])('%s (%i of 2, %j): more is %s', async (_, count, headers, more) => {
    server.reply = json(200, Array<unknown>(count).fill(kari), headers);
    expect(await client.listEmployees({ pageSize: 2 }, call)).toMatchObject({ outcome: 'found', value: { more } });
  });

  it('names who cannot be read, and reads the others', async () => {
    server.reply = json(200, [kari, { Id: 8, FirstName: [] }, null, { FirstName: 'Nobody' }]);
    expect(await client.listEmployees({}, call)).toEqual({
      outcome: 'found',
      value: {
        items: [read],
        unreadable: [
          { id: '8', field: 'FirstName' },
          { id: null, field: 'item' },
          { id: null, field: 'Id' },
        ],
        more: false,
      },
    });
  });

  it('fails when it is no list, or nowhere', async () => {
    server.reply = json(200, { data: [] });
    expect(await client.listEmployees({}, call)).toMatchObject({ outcome: 'failed', failure: { detail: 'list' } });
    server.reply = json(404, {});
    expect(await client.listEmployees({}, call)).toMatchObject({ outcome: 'failed', failure: { kind: 'not-found' } });
  });

  it('is not asked with a URL that PowerOffice would misread', async () => {
    const employeeNos = Array.from({ length: 400 }, (_, i) => String(10_000 + i));
    expect(await client.listEmployees({ employeeNos }, call)).toEqual({
      outcome: 'failed',
      failure: { kind: 'bug', code: 'url-too-long' },
    });
    expect(server.received).toEqual([]);
  });
});

describe('writes', () => {
  it('create by JSON, with numbers as numbers', async () => {
    server.reply = json(201, kari);
    const body = { FirstName: 'Kari', LastName: 'Nordmann', Number: '9007199254740993', ExternalImportReference: 'u1' };
    expect(await client.createEmployee(body, call)).toEqual({ outcome: 'applied', body: read });
    expect(server.last).toMatchObject({
      method: 'POST',
      url: '/Demo/v2/Employees',
      body: '{"FirstName":"Kari","LastName":"Nordmann","Number":9007199254740993,"ExternalImportReference":"u1"}',
    });
    expect(server.last.headers['content-type']).toBe('application/json');
  });

  it('patch by JSON Patch', async () => {
    server.reply = json(200, kari);
    await client.patchEmployee(
      read.id,
      [
        { op: 'replace', path: '/Number', value: '12' },
        { op: 'remove', path: '/EndDate' },
      ],
      call,
    );
    expect(server.last).toMatchObject({
      method: 'PATCH',
      url: `/Demo/v2/Employees/${read.id}`,
      body: '[{"op":"replace","path":"/Number","value":12},{"op":"remove","path":"/EndDate"}]',
    });
    expect(server.last.headers['content-type']).toBe('application/json-patch+json');
    await client.patchEmployeeBankAccounts(
      read.id,
      [{ op: 'replace', path: '/SalaryBankAccountId', value: '77' }],
      call,
    );
    expect(server.last).toMatchObject({
      method: 'PATCH',
      url: `/Demo/v2/Employees/${read.id}/BankAccounts`,
      body: '[{"op":"replace","path":"/SalaryBankAccountId","value":77}]',
    });
  });

  it.each<[string, Reply]>([
    ['no body', (_, response) => response.writeHead(200).end()],
    ['no content', (_, response) => response.writeHead(204).end()],
    ['no JSON', json(200, 'OK')],
    ['a wrong type', json(200, { Id: 1, FirstName: 1 })],
    ['somebody else', json(200, { Id: 2 })],
    ['too much', json(200, ' '.repeat(1_000_001))],
    [
      'a body whose end is lost',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': 99 }).write('{', () => response.destroy());
      },
    ],
  ])('are applied all the same when the answer is %s', async (_, reply) => {
    server.reply = reply;
    expect(await client.patchEmployee('1', [], call)).toEqual({ outcome: 'applied', body: null });
  });

  it.each<[number, string, string]>([
    [400, 'refused', 'rejected'],
    [401, 'refused', 'unauthorized'],
    [403, 'refused', 'forbidden'],
    [404, 'refused', 'not-found'],
    [409, 'refused', 'rejected'],
    [429, 'refused', 'unavailable'],
    [302, 'unknown', 'unknown'],
    [500, 'unknown', 'unknown'],
    [502, 'unknown', 'unknown'],
    [503, 'unknown', 'unknown'],
    [504, 'unknown', 'unknown'],
  ])('that end in %i are %s', async (status, outcome, kind) => {
    server.reply = (_, response) => response.writeHead(status).end('<html>');
    expect(await client.createBankAccount('1', { BankAccountNumber: '1' }, call)).toMatchObject({
      outcome,
      failure: { kind, status },
    });
  });

  it('are unknown without an answer, and not sent when it is too late', async () => {
    server.reply = (_, response) => response.destroy();
    expect(await client.patchEmployee('1', [], call)).toMatchObject({
      outcome: 'unknown',
      failure: { kind: 'unknown' },
    });
    expect(await client.patchEmployee('1', [], { ...call, beforeSend: () => false })).toEqual({
      outcome: 'not-sent',
      failure: { kind: 'unavailable', code: 'deadline-passed' },
    });
    expect(server.received).toHaveLength(1);
  });
});

describe('the rest', () => {
  it('reads and adds bank accounts', async () => {
    const account = { Id: 77, ContactId: 1, BankAccountNumber: '1234 56 78903', CountryCode: 'NO', IsActive: true };
    const shown = {
      id: '77',
      contactId: '1',
      bankAccountNumber: '1234 56 78903',
      bicSwift: null,
      countryCode: 'NO',
      isActive: true,
      lastChangedDateTimeOffset: null,
    };
    server.reply = json(200, [account]);
    expect(await client.listBankAccounts({ contactIds: ['1', '2'] }, call)).toMatchObject({
      value: { items: [shown] },
    });
    expect(server.last.url).toBe('/Demo/v2/ContactBankAccounts?contactIds=1,2&PageNumber=1&PageSize=20000');
    server.reply = json(201, account);
    expect(await client.createBankAccount('1', { BankAccountNumber: '12345678903' }, call)).toEqual({
      outcome: 'applied',
      body: shown,
    });
    expect(server.last).toMatchObject({
      method: 'POST',
      url: '/Demo/v2/ContactBankAccounts/1',
      body: '{"BankAccountNumber":"12345678903"}',
    });
  });

  it('reads whose data a token opens', async () => {
    server.reply = json(200, {
      ClientId: 'c1',
      ClientName: 'Fjord AS',
      ValidPrivileges: ['Employee_Full'],
      InvalidPrivileges: null,
      AllowSendInvoice: true,
    });
    expect(await client.getClientIntegrationInformation(call)).toEqual({
      outcome: 'found',
      value: {
        clientId: 'c1',
        clientName: 'Fjord AS',
        activeClientSubscriptions: [],
        validPrivileges: ['Employee_Full'],
        invalidPrivileges: [],
      },
    });
    server.reply = json(200, { ClientName: 'Fjord AS' });
    expect(await client.getClientIntegrationInformation(call)).toMatchObject({
      outcome: 'failed',
      failure: { detail: 'ClientId' },
    });
  });

  it('reads number series', async () => {
    server.reply = json(200, [
      {
        Id: 's1',
        Name: 'Ansatte',
        SubLedgerNumberSeriesType: 'Employee',
        FromInclusive: 1,
        ToInclusive: 9223372036854775807n,
        IsDefault: true,
      },
    ]);
    expect(await client.listNumberSeries(call)).toMatchObject({
      value: {
        items: [{ id: 's1', name: 'Ansatte', type: 'Employee', from: '1', to: '9223372036854775807', isDefault: true }],
      },
    });
  });
});

it('keeps keys and values of people out of what it says of a failure', async () => {
  const secrets = ['a-token', 'a-key', 'kari@example.no', '30011679680', 'Nordmann'];
  const echo: Reply = (received, response) =>
    response
      .writeHead(400)
      .end(JSON.stringify({ title: 'Wrong', detail: `'Nordmann' 300116 79680 kari@example.no ${received.body}` }));
  server.reply = echo;
  const outcome = await client.patchEmployee(
    '1',
    [{ op: 'replace', path: '/NationalIdNumber', value: '30011679680' }],
    call,
  );
  expect(outcome.outcome).toBe('refused');
  for (const secret of secrets) expect(JSON.stringify(outcome)).not.toContain(secret);
});
